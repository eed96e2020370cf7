#ifndef TIDEMARK_STORAGE_ENGINE_DATA_DIRECTORY_H_
#define TIDEMARK_STORAGE_ENGINE_DATA_DIRECTORY_H_

// Taking hold of data directories, and bringing them into order: docs/format/data_directory.md.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/compaction/cleaner_checkpoint.h"
#include "storage/engine.h"
#include "storage/engine/checkpoints.h"
#include "storage/engine/startup_plan.h"
#include "storage/env.h"
#include "storage/journal/journal_replay.h"
#include "storage/log/disk_reserve.h"

namespace tidemark {

// The engine's setting of how many bytes each reserve has.
inline constexpr absl::string_view kReserveSetting = "tidemark.disk.reserve.bytes";
// And how many the journal has.
inline constexpr absl::string_view kJournalSetting = "tidemark.journal.bytes";

struct DataDirectory {
  std::string root;      // Without a slash at the end.
  absl::Status failure;  // Why it is not open; the rest is then empty.
  std::unique_ptr<FileLock> lock;
  // True if the marker of a clean shutdown was there; it is not any more.
  bool was_clean = false;
  std::shared_ptr<Checkpoints> checkpoints;
  std::shared_ptr<CleanerCheckpoint> cleaner_checkpoint;
  std::shared_ptr<DiskReserve> reserve;
  JournalReplay replay;  // Of what the last process has left.
};

struct OpenedDirectories {
  std::vector<DataDirectory> directories;  // As they were given; the first is home, and is open.
  // The topics that are there, each as its file says. Nothing is left to be cleaned up, but for
  // topics whose removal a failed directory holds up.
  StartupPlan plan;
  std::map<TopicPartition, size_t> places;  // The number of the directory of each partition.
  ConfigMap config;                         // The engine's settings, checked.
};

// Locks the directories; finds out what they hold, without changing anything until it is clear that
// they can be opened; removes the markers of a clean shutdown; finishes or takes back what was
// interrupted; puts what the journals hold into the segments. `config`, which is checked, replaces
// what the first directory keeps, and is kept. What the disk refuses in another than the first
// directory fails only that one. Takes the reserves; a directory without the room for one works
// without.
//
// NOT_FOUND if the first is absent and not to be made; FAILED_PRECONDITION if another opener holds
// one of them, or if one holds what does not belong there; DATA_LOSS for damage that only its owner
// can judge.
absl::StatusOr<OpenedDirectories> OpenDataDirectories(FileSystem* file_system,
                                                      absl::Span<const std::string> paths,
                                                      bool create_if_missing,
                                                      const ConfigMap& config);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_DATA_DIRECTORY_H_
