#ifndef TIDEMARK_STORAGE_ENGINE_DATA_DIRECTORY_H_
#define TIDEMARK_STORAGE_ENGINE_DATA_DIRECTORY_H_

// Taking hold of a data directory, and bringing it into order: docs/format/data_directory.md.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine.h"
#include "storage/engine/checkpoints.h"
#include "storage/engine/startup_plan.h"
#include "storage/env.h"

namespace tidemark {

struct DataDirectory {
  std::string root;  // Without a slash at the end.
  std::unique_ptr<FileLock> lock;
  // True if the marker of a clean shutdown was there; it is not any more.
  bool was_clean = false;
  // The topics that are there, each as its file says. Nothing is left to be cleaned up.
  StartupPlan plan;
  ConfigMap config;  // The engine's settings, checked.
  std::shared_ptr<Checkpoints> checkpoints;
};

// Locks the directory; finds out what it holds, without changing anything until it is clear that it
// can be opened; removes the marker of a clean shutdown; finishes or takes back what was
// interrupted. `config`, which is checked, replaces what the directory keeps, and is kept.
//
// NOT_FOUND if it is absent and not to be made; FAILED_PRECONDITION if another opener holds it, or
// if it holds what does not belong there; DATA_LOSS for damage that only its owner can judge.
absl::StatusOr<DataDirectory> OpenDataDirectory(FileSystem* file_system, absl::string_view path,
                                                bool create_if_missing, const ConfigMap& config);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_DATA_DIRECTORY_H_
