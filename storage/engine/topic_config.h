#ifndef TIDEMARK_STORAGE_ENGINE_TOPIC_CONFIG_H_
#define TIDEMARK_STORAGE_ENGINE_TOPIC_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine.h"
#include "storage/options.h"
#include "storage/retention/retention_policy.h"

namespace tidemark {

// The settings with surrounding space taken off the values. INVALID_ARGUMENT for an unknown name or
// a value that is not allowed, naming the setting and what is allowed.
absl::StatusOr<ConfigMap> CheckTopicSettings(const ConfigMap& settings);
absl::StatusOr<ConfigMap> CheckBrokerSettings(const ConfigMap& settings);

// INVALID_ARGUMENT if there is no such setting.
absl::Status CheckTopicSettingName(absl::string_view name);
absl::Status CheckBrokerSettingName(absl::string_view name);

// Every topic setting with the value that holds: the topic's own, else the engine's synonym of the
// highest priority that is set, else the default. Both maps have passed their checks.
ConfigMap EffectiveTopicConfig(const ConfigMap& topic, const ConfigMap& broker);

// Every engine setting that has a value, its own or the default.
ConfigMap EffectiveBrokerConfig(const ConfigMap& broker);

// INVALID_ARGUMENT where effective settings contradict one another.
absl::Status CheckTopicSettingsTogether(const ConfigMap& effective);
// The same for settings of the engine, and for what topics get from them.
absl::Status CheckBrokerSettingsTogether(const ConfigMap& broker);

// The names in `settings` that are checked and kept, and nothing else happens. Sorted.
std::vector<std::string> TopicSettingsOnlyKept(const ConfigMap& settings);
std::vector<std::string> BrokerSettingsOnlyKept(const ConfigMap& settings);

// True if the cleanup policy may take records out of the middle of the log.
bool PolicyLeavesOffsetGaps(const ConfigMap& effective);

// `offset_gaps_allowed` is for logs that had such a policy, or may have had one, at any time.
LogConfig MakeLogConfig(const ConfigMap& effective, bool offset_gaps_allowed);

// When old records of the topic go.
RetentionConfig MakeRetentionConfig(const ConfigMap& effective);

// The names in a list.
std::vector<std::string> EffectiveWords(const ConfigMap& effective, absl::string_view name);

// The value of an engine setting of that type that has a default.
int64_t BrokerNumber(const ConfigMap& broker, absl::string_view name);
bool BrokerBool(const ConfigMap& broker, absl::string_view name);
std::string BrokerText(const ConfigMap& broker, absl::string_view name);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_TOPIC_CONFIG_H_
