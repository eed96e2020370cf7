#ifndef TIDEMARK_STORAGE_ENGINE_CHANGE_RULES_H_
#define TIDEMARK_STORAGE_ENGINE_CHANGE_RULES_H_

// What may be asked for of topics and settings, and what comes of it: pure functions. Every refusal
// is INVALID_ARGUMENT and names the topic or setting.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine.h"
#include "storage/engine/topic_file.h"

namespace tidemark {

// 1 to kTopicPartitionsMax.
absl::Status CheckPartitionCount(absl::string_view topic, int32_t count);

// The file of a new topic that nothing is in the way of, but for its id.
absl::StatusOr<TopicFile> NewTopicFile(absl::string_view topic, int32_t partition_count,
                                       const ConfigMap& config, const ConfigMap& broker);

// With the settings in `set`, without those in `unset`.
absl::StatusOr<TopicFile> ChangeTopicConfig(absl::string_view topic, const TopicFile& now,
                                            const ConfigMap& set,
                                            const std::vector<std::string>& unset,
                                            const ConfigMap& broker);

// The same for the settings of the engine.
absl::StatusOr<ConfigMap> ChangeBrokerConfig(const ConfigMap& now, const ConfigMap& set,
                                             const std::vector<std::string>& unset);

// What a topic's file says under these settings of the engine.
absl::StatusOr<TopicFile> ApplyBrokerConfig(absl::string_view topic, const TopicFile& now,
                                            const ConfigMap& broker);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_CHANGE_RULES_H_
