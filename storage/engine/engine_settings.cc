#include "storage/engine/engine_settings.h"

#include <utility>

#include "storage/base/status_macros.h"
#include "storage/engine/topic_config.h"
#include "storage/engine/topic_files.h"

namespace tidemark {

EngineSettings::EngineSettings(FileSystem* file_system, std::string root, ConfigMap config)
    : file_system_(file_system),
      root_(std::move(root)),
      config_(std::make_shared<const ConfigMap>(std::move(config))) {}

std::shared_ptr<const ConfigMap> EngineSettings::Get() const {
  MutexLock lock(&mutex_);
  return config_;
}

int64_t EngineSettings::Number(absl::string_view name) const { return BrokerNumber(*Get(), name); }

bool EngineSettings::Bool(absl::string_view name) const { return BrokerBool(*Get(), name); }

std::string EngineSettings::Text(absl::string_view name) const { return BrokerText(*Get(), name); }

absl::Status EngineSettings::Replace(ConfigMap config) {
  TM_RETURN_IF_ERROR(WriteEngineProperties(file_system_, root_, config));
  auto shared = std::make_shared<const ConfigMap>(std::move(config));
  MutexLock lock(&mutex_);
  config_.swap(shared);
  return absl::OkStatus();
}

}  // namespace tidemark
