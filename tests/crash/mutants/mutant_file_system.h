#ifndef TIDEMARK_TESTS_CRASH_MUTANTS_MUTANT_FILE_SYSTEM_H_
#define TIDEMARK_TESTS_CRASH_MUTANTS_MUTANT_FILE_SYSTEM_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/env.h"
#include "storage/env/forwarding_file_system.h"

namespace tidemark {

// Mistakes that a log could make, each made by a file system that stands between the library and
// the files: what reaches the files is what a library with the mistake would have done.
enum class Mutant {
  kAckBeforeSync,    // Syncs of segments succeed at once; nothing is synced.
  kNoRecoveredSync,  // The same, of segments that recovery has read.
  kRetriedSync,      // A sync that fails is called again, and the second answer believed.
  kNoDirectorySync,  // Names are never synced.
  kCheckpointAhead,  // Recovery points are written as the log end, synced or not.
  kSwapWithoutSync,  // A compacted segment takes its place unsynced.
  kDamageCutAsTorn,  // Recovery does not know how far the log was synced.
};

absl::string_view MutantName(Mutant mutant);

class MutantFileSystem : public ForwardingFileSystem {
 public:
  // Not owned.
  MutantFileSystem(Mutant mutant, FileSystem* target)
      : ForwardingFileSystem(target), mutant_(mutant) {}

  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenMode mode) override;
  absl::Status SyncDirectory(absl::string_view path) override;

 private:
  const Mutant mutant_;
};

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_CRASH_MUTANTS_MUTANT_FILE_SYSTEM_H_
