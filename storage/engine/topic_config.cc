#include "storage/engine/topic_config.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/engine/setting_table.h"
#include "storage/engine/setting_value.h"

namespace tidemark {
namespace {

// What one thread of the cleaner needs at the least.
constexpr int64_t kCleanerThreadBytes = int64_t{1} << 20;

std::string Names(absl::Span<const Setting> settings) {
  return absl::StrJoin(settings, ", ", [](std::string* out, const Setting& setting) {
    absl::StrAppend(out, setting.name);
  });
}

absl::Status UnknownTopicSetting(absl::string_view name) {
  for (const SettingSynonym& synonym : SettingSynonyms()) {
    if (synonym.broker_setting == name) {
      return absl::InvalidArgumentError(absl::StrCat("setting ", name, " is one of the engine; ",
                                                     "for a topic it is called ",
                                                     synonym.topic_setting));
    }
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown topic setting \"", absl::CHexEscape(name),
                                                 "\"; there are ", Names(TopicSettings())));
}

absl::Status UnknownBrokerSetting(absl::string_view name) {
  if (const RefusedSetting* refused = FindRefusedSetting(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("setting \"", absl::CHexEscape(name), "\" is not taken: ", refused->reason));
  }
  for (const SettingSynonym& synonym : SettingSynonyms()) {
    if (synonym.topic_setting == name) {
      return absl::InvalidArgumentError(absl::StrCat("setting ", name, " is one of a topic; ",
                                                     "for the engine it is called ",
                                                     synonym.broker_setting));
    }
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown engine setting \"",
                                                 absl::CHexEscape(name), "\"; there are ",
                                                 Names(BrokerSettings())));
}

const std::string* Find(const ConfigMap& settings, absl::string_view name) {
  if (settings.empty()) return nullptr;
  auto found = settings.find(std::string(name));
  return found == settings.end() ? nullptr : &found->second;
}

// In the unit of the topic's setting. A negative value means "no limit", or "at once", in any unit;
// the engine's settings take more of them than a topic's.
std::string Convert(const Setting& setting, const std::string& value, int64_t multiplier) {
  if (setting.type != SettingType::kInt64) return value;
  const int64_t number = SettingNumber(value);
  return absl::StrCat(std::max(number < 0 ? number : number * multiplier, setting.min));
}

std::string EffectiveValue(const Setting& setting, const ConfigMap& topic,
                           const ConfigMap& broker) {
  if (const std::string* own = Find(topic, setting.name)) return *own;
  if (broker.empty()) return std::string(setting.default_value);
  for (const SettingSynonym& synonym : SettingSynonyms()) {
    if (synonym.topic_setting != setting.name) continue;
    if (const std::string* value = Find(broker, synonym.broker_setting)) {
      return Convert(setting, *value, synonym.multiplier);
    }
  }
  return std::string(setting.default_value);
}

int64_t Number(const ConfigMap& effective, absl::string_view name) {
  const std::string* value = Find(effective, name);
  TM_CHECK(value != nullptr);
  return SettingNumber(*value);
}

absl::Duration Milliseconds(const ConfigMap& effective, absl::string_view name) {
  const int64_t number = Number(effective, name);
  if (number == std::numeric_limits<int64_t>::max()) return absl::InfiniteDuration();
  return absl::Milliseconds(number);
}

absl::string_view BrokerValue(const ConfigMap& broker, absl::string_view name) {
  if (const std::string* value = Find(broker, name)) return *value;
  const Setting* setting = FindBrokerSetting(name);
  TM_CHECK(setting != nullptr);
  return setting->default_value;
}

std::vector<std::string> OnlyKept(const ConfigMap& settings,
                                  const Setting* (*find)(absl::string_view)) {
  std::vector<std::string> names;
  for (const auto& [name, value] : settings) {
    const Setting* setting = find(name);
    TM_CHECK(setting != nullptr);
    if (!setting->is_acted_on) names.push_back(name);
  }
  return names;
}

// Kafka's LogConfig.maxSegmentMs: a record of a compacted topic is sealed, and so can be compacted,
// once max.compaction.lag.ms has passed.
void SetSegmentAge(const ConfigMap& effective, LogConfig* config) {
  config->segment_age_max = Milliseconds(effective, "segment.ms");
  if (PolicyLeavesOffsetGaps(effective)) {
    config->segment_age_max =
        std::min(config->segment_age_max, Milliseconds(effective, "max.compaction.lag.ms"));
  }
  // A longer one would leave no age at all.
  config->segment_jitter_max =
      std::min(Milliseconds(effective, "segment.jitter.ms"), config->segment_age_max);
}

void SetCompression(const ConfigMap& effective, LogConfig* config) {
  const std::string& type = *Find(effective, "compression.type");
  if (type == "producer") return;
  if (type == "uncompressed") {
    config->codec = Codec::kNone;
  } else if (type == "snappy") {
    config->codec = Codec::kSnappy;
  } else {
    config->codec = type == "gzip" ? Codec::kGzip : type == "lz4" ? Codec::kLz4 : Codec::kZstd;
    config->compression_level =
        static_cast<int>(Number(effective, absl::StrCat("compression.", type, ".level")));
  }
}

}  // namespace

absl::StatusOr<ConfigMap> CheckTopicSettings(const ConfigMap& settings) {
  ConfigMap checked;
  for (const auto& [name, value] : settings) {
    const Setting* setting = FindTopicSetting(name);
    if (setting == nullptr) return UnknownTopicSetting(name);
    TM_ASSIGN_OR_RETURN(checked[name], CheckSettingValue(*setting, value));
  }
  return checked;
}

absl::StatusOr<ConfigMap> CheckBrokerSettings(const ConfigMap& settings) {
  ConfigMap checked;
  for (const auto& [name, value] : settings) {
    const Setting* setting = FindBrokerSetting(name);
    if (setting == nullptr) return UnknownBrokerSetting(name);
    TM_ASSIGN_OR_RETURN(checked[name], CheckSettingValue(*setting, value));
  }
  return checked;
}

absl::Status CheckTopicSettingName(absl::string_view name) {
  return FindTopicSetting(name) == nullptr ? UnknownTopicSetting(name) : absl::OkStatus();
}

absl::Status CheckBrokerSettingName(absl::string_view name) {
  return FindBrokerSetting(name) == nullptr ? UnknownBrokerSetting(name) : absl::OkStatus();
}

ConfigMap EffectiveTopicConfig(const ConfigMap& topic, const ConfigMap& broker) {
  ConfigMap effective;
  for (const Setting& setting : TopicSettings()) {
    effective.emplace_hint(effective.end(), setting.name, EffectiveValue(setting, topic, broker));
  }
  return effective;
}

ConfigMap EffectiveBrokerConfig(const ConfigMap& broker) {
  ConfigMap effective = broker;
  for (const Setting& setting : BrokerSettings()) {
    if (!setting.default_value.empty()) effective.emplace(setting.name, setting.default_value);
  }
  return effective;
}

absl::Status CheckTopicSettingsTogether(const ConfigMap& effective) {
  const int64_t lag_min = Number(effective, "min.compaction.lag.ms");
  const int64_t lag_max = Number(effective, "max.compaction.lag.ms");
  if (lag_min > lag_max) {
    return absl::InvalidArgumentError(absl::StrCat("setting min.compaction.lag.ms: ", lag_min,
                                                   " is above max.compaction.lag.ms, ", lag_max));
  }
  return absl::OkStatus();
}

absl::Status CheckBrokerSettingsTogether(const ConfigMap& broker) {
  const int64_t buffer_bytes = BrokerNumber(broker, "log.cleaner.dedupe.buffer.size");
  const int64_t threads = BrokerNumber(broker, "log.cleaner.threads");
  if (buffer_bytes / threads <= kCleanerThreadBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("setting log.cleaner.dedupe.buffer.size: ", buffer_bytes, " is not above ",
                     kCleanerThreadBytes, " for each of the ", threads, " of log.cleaner.threads"));
  }
  return CheckTopicSettingsTogether(EffectiveTopicConfig({}, broker));
}

std::vector<std::string> TopicSettingsOnlyKept(const ConfigMap& settings) {
  return OnlyKept(settings, FindTopicSetting);
}

std::vector<std::string> BrokerSettingsOnlyKept(const ConfigMap& settings) {
  return OnlyKept(settings, FindBrokerSetting);
}

bool PolicyLeavesOffsetGaps(const ConfigMap& effective) {
  const std::string* policy = Find(effective, "cleanup.policy");
  TM_CHECK(policy != nullptr);
  return SettingListHolds(*policy, "compact");
}

LogConfig MakeLogConfig(const ConfigMap& effective, bool offset_gaps_allowed) {
  LogConfig config;
  config.segment_bytes_max = Number(effective, "segment.bytes");
  SetSegmentAge(effective, &config);
  config.segment_index_bytes_max = Number(effective, "segment.index.bytes");
  config.index_interval_bytes = Number(effective, "index.interval.bytes");
  config.batch_bytes_max = Number(effective, "max.message.bytes");
  config.timestamp_type = *Find(effective, "message.timestamp.type") == "LogAppendTime"
                              ? TimestampType::kLogAppendTime
                              : TimestampType::kCreateTime;
  config.timestamp_before_max = Milliseconds(effective, "message.timestamp.before.max.ms");
  config.timestamp_after_max = Milliseconds(effective, "message.timestamp.after.max.ms");
  SetCompression(effective, &config);
  config.flush_interval_records = Number(effective, "flush.messages");
  config.flush_interval = Milliseconds(effective, "flush.ms");
  config.file_delete_delay = Milliseconds(effective, "file.delete.delay.ms");
  config.keys_required = PolicyLeavesOffsetGaps(effective);
  config.offset_gaps_allowed = offset_gaps_allowed || PolicyLeavesOffsetGaps(effective);
  return config;
}

RetentionConfig MakeRetentionConfig(const ConfigMap& effective) {
  RetentionConfig config;
  config.deletes_old_segments = SettingListHolds(*Find(effective, "cleanup.policy"), "delete");
  const int64_t milliseconds = Number(effective, "retention.ms");
  config.age_max = milliseconds < 0 ? absl::InfiniteDuration() : absl::Milliseconds(milliseconds);
  config.bytes_max = Number(effective, "retention.bytes");
  return config;
}

std::vector<std::string> EffectiveWords(const ConfigMap& effective, absl::string_view name) {
  return SettingWords(*Find(effective, name));
}

int64_t BrokerNumber(const ConfigMap& broker, absl::string_view name) {
  return SettingNumber(BrokerValue(broker, name));
}

bool BrokerBool(const ConfigMap& broker, absl::string_view name) {
  return SettingBool(BrokerValue(broker, name));
}

std::string BrokerText(const ConfigMap& broker, absl::string_view name) {
  return std::string(BrokerValue(broker, name));
}

}  // namespace tidemark
