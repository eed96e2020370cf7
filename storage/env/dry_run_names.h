#ifndef TIDEMARK_STORAGE_ENV_DRY_RUN_NAMES_H_
#define TIDEMARK_STORAGE_ENV_DRY_RUN_NAMES_H_

#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace tidemark {

class DryRunContent;

// What a name stands for: nothing, whatever another file system has under a path, or something that
// was made in memory.
struct DryRunName {
  enum class Kind { kAbsent, kBase, kMemoryFile, kMemoryDirectory };
  Kind kind = Kind::kAbsent;
  std::string base_path;                  // For kBase.
  std::shared_ptr<DryRunContent> memory;  // For kMemoryFile.
};

// Which names differ from those of the base. Paths are split at '/'; "." and ".." mean nothing
// special. Not thread-safe.
class DryRunNames {
 public:
  DryRunName Find(absl::string_view path) const;

  // Whatever was below `path` is gone, too.
  void Set(absl::string_view path, DryRunName name);
  // Moves the name and all that is below it.
  void Move(absl::string_view from, absl::string_view to);

  // The names directly in `directory` that were set or taken away, and what they stand for now.
  std::map<std::string, DryRunName> In(absl::string_view directory) const;

 private:
  using Names = std::map<std::string, DryRunName>;

  Names names_;  // By path, without needless slashes.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_DRY_RUN_NAMES_H_
