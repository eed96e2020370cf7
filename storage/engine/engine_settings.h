#ifndef TIDEMARK_STORAGE_ENGINE_ENGINE_SETTINGS_H_
#define TIDEMARK_STORAGE_ENGINE_ENGINE_SETTINGS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/base/mutex.h"
#include "storage/engine.h"
#include "storage/env.h"

namespace tidemark {

// The engine's settings as they hold now. Thread-safe, but for one change at a time.
class EngineSettings {
 public:
  // `config` is what the data directory `root` keeps.
  EngineSettings(FileSystem* file_system, std::string root, ConfigMap config);

  std::shared_ptr<const ConfigMap> Get() const;

  // The value that holds of a setting that has a default.
  int64_t Number(absl::string_view name) const;
  bool Bool(absl::string_view name) const;
  std::string Text(absl::string_view name) const;

  // Replaces them, on stable storage before anybody sees it. After an error the old ones hold, and
  // either may be found by the next opening.
  absl::Status Replace(ConfigMap config);

 private:
  FileSystem* const file_system_;
  const std::string root_;
  mutable Mutex mutex_;
  std::shared_ptr<const ConfigMap> config_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_ENGINE_SETTINGS_H_
