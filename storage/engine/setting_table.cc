#include "storage/engine/setting_table.h"

#include <limits>

namespace tidemark {
namespace {

constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();
constexpr int64_t kInt64Max = std::numeric_limits<int64_t>::max();
constexpr int64_t kInt64Min = std::numeric_limits<int64_t>::min();
constexpr absl::string_view kInt64MaxText = "9223372036854775807";

// A segment must hold at least the smallest record of Kafka's first format.
constexpr int64_t kSegmentBytesMin = 14;

constexpr absl::string_view kCodecs = "uncompressed zstd lz4 snappy gzip producer";
constexpr absl::string_view kCleanupPolicies = "compact delete";
constexpr absl::string_view kTimestampTypes = "CreateTime LogAppendTime";

constexpr bool kActedOn = true;
constexpr bool kOnlyKept = false;

constexpr Setting Int32(absl::string_view name, absl::string_view default_value, int64_t min,
                        bool is_acted_on, int64_t max = kInt32Max) {
  return {name, SettingType::kInt32, default_value, min, max, "", is_acted_on};
}

constexpr Setting Int64(absl::string_view name, absl::string_view default_value, int64_t min,
                        bool is_acted_on) {
  return {name, SettingType::kInt64, default_value, min, kInt64Max, "", is_acted_on};
}

constexpr Setting Bool(absl::string_view name, absl::string_view default_value) {
  return {name, SettingType::kBool, default_value, 0, 0, "", kOnlyKept};
}

constexpr Setting Ratio(absl::string_view name, absl::string_view default_value) {
  return {name, SettingType::kRatio, default_value, 0, 1, "", kOnlyKept};
}

constexpr Setting Choice(absl::string_view name, absl::string_view default_value,
                         absl::string_view choices, bool is_acted_on) {
  return {name, SettingType::kChoice, default_value, 0, 0, choices, is_acted_on};
}

constexpr Setting ChoiceList(absl::string_view name, absl::string_view default_value,
                             absl::string_view choices) {
  return {name, SettingType::kChoiceList, default_value, 0, 0, choices, kOnlyKept};
}

constexpr Setting Replicas(absl::string_view name) {
  return {name, SettingType::kReplicas, "", 0, 0, "", kOnlyKept};
}

constexpr Setting kTopicSettings[] = {
    ChoiceList("cleanup.policy", "delete", kCleanupPolicies),
    Int32("compression.gzip.level", "-1", -1, kOnlyKept, 9),
    Int32("compression.lz4.level", "9", 1, kOnlyKept, 17),
    Choice("compression.type", "producer", kCodecs, kOnlyKept),
    Int32("compression.zstd.level", "3", -131072, kOnlyKept, 22),
    Int64("delete.retention.ms", "86400000", 0, kOnlyKept),
    Int64("file.delete.delay.ms", "60000", 0, kOnlyKept),
    Int64("flush.messages", kInt64MaxText, 1, kActedOn),
    Int64("flush.ms", kInt64MaxText, 0, kActedOn),
    Replicas("follower.replication.throttled.replicas"),
    Int32("index.interval.bytes", "4096", 0, kActedOn),
    Replicas("leader.replication.throttled.replicas"),
    Int64("local.retention.bytes", "-2", -2, kOnlyKept),
    Int64("local.retention.ms", "-2", -2, kOnlyKept),
    Int64("max.compaction.lag.ms", kInt64MaxText, 1, kOnlyKept),
    Int32("max.message.bytes", "1048588", 0, kActedOn),
    Int64("message.timestamp.after.max.ms", "3600000", 0, kOnlyKept),
    Int64("message.timestamp.before.max.ms", kInt64MaxText, 0, kOnlyKept),
    Choice("message.timestamp.type", "CreateTime", kTimestampTypes, kActedOn),
    Ratio("min.cleanable.dirty.ratio", "0.5"),
    Int64("min.compaction.lag.ms", "0", 0, kOnlyKept),
    Int32("min.insync.replicas", "1", 1, kOnlyKept),
    Bool("preallocate", "false"),
    Bool("remote.log.copy.disable", "false"),
    Bool("remote.log.delete.on.disable", "false"),
    Bool("remote.storage.enable", "false"),
    Int64("retention.bytes", "-1", kInt64Min, kOnlyKept),
    Int64("retention.ms", "604800000", -1, kOnlyKept),
    Int32("segment.bytes", "1073741824", kSegmentBytesMin, kActedOn),
    Int32("segment.index.bytes", "10485760", 4, kActedOn),
    Int64("segment.jitter.ms", "0", 0, kActedOn),
    Int64("segment.ms", "604800000", 1, kActedOn),
    Bool("unclean.leader.election.enable", "false"),
};

constexpr Setting kBrokerSettings[] = {
    Bool("auto.create.topics.enable", "true"),
    Int32("compression.gzip.level", "-1", -1, kOnlyKept, 9),
    Int32("compression.lz4.level", "9", 1, kOnlyKept, 17),
    Choice("compression.type", "producer", kCodecs, kOnlyKept),
    Int32("compression.zstd.level", "3", -131072, kOnlyKept, 22),
    Int64("log.cleaner.delete.retention.ms", "86400000", 0, kOnlyKept),
    Int64("log.cleaner.max.compaction.lag.ms", kInt64MaxText, 1, kOnlyKept),
    Ratio("log.cleaner.min.cleanable.ratio", "0.5"),
    Int64("log.cleaner.min.compaction.lag.ms", "0", 0, kOnlyKept),
    ChoiceList("log.cleanup.policy", "delete", kCleanupPolicies),
    Int64("log.flush.interval.messages", kInt64MaxText, 1, kActedOn),
    Int64("log.flush.interval.ms", "", 0, kActedOn),
    Int32("log.flush.offset.checkpoint.interval.ms", "60000", 0, kActedOn),
    Int64("log.flush.scheduler.interval.ms", kInt64MaxText, 0, kActedOn),
    Int32("log.flush.start.offset.checkpoint.interval.ms", "60000", 0, kOnlyKept),
    Int32("log.index.interval.bytes", "4096", 0, kActedOn),
    Int32("log.index.size.max.bytes", "10485760", 4, kActedOn),
    Int64("log.local.retention.bytes", "-2", -2, kOnlyKept),
    Int64("log.local.retention.ms", "-2", -2, kOnlyKept),
    Int64("log.message.timestamp.after.max.ms", "3600000", 0, kOnlyKept),
    Int64("log.message.timestamp.before.max.ms", kInt64MaxText, 0, kOnlyKept),
    Choice("log.message.timestamp.type", "CreateTime", kTimestampTypes, kActedOn),
    Bool("log.preallocate", "false"),
    Int64("log.retention.bytes", "-1", kInt64Min, kOnlyKept),
    Int64("log.retention.check.interval.ms", "300000", 1, kOnlyKept),
    Int32("log.retention.hours", "168", -1, kOnlyKept),
    Int32("log.retention.minutes", "", -1, kOnlyKept),
    Int64("log.retention.ms", "", -1, kOnlyKept),
    Int32("log.roll.hours", "168", 1, kActedOn),
    Int32("log.roll.jitter.hours", "0", 0, kActedOn),
    Int64("log.roll.jitter.ms", "", 0, kActedOn),
    Int64("log.roll.ms", "", 1, kActedOn),
    Int32("log.segment.bytes", "1073741824", kSegmentBytesMin, kActedOn),
    Int64("log.segment.delete.delay.ms", "60000", 0, kOnlyKept),
    Int32("message.max.bytes", "1048588", 0, kActedOn),
    Int32("min.insync.replicas", "1", 1, kOnlyKept),
    Int32("num.partitions", "1", 1, kActedOn),
    Int32("num.recovery.threads.per.data.dir", "2", 1, kActedOn),
    Bool("unclean.leader.election.enable", "false"),
};

constexpr int64_t kMillisecondsPerMinute = 60 * 1000;
constexpr int64_t kMillisecondsPerHour = 60 * kMillisecondsPerMinute;

constexpr SettingSynonym kSynonyms[] = {
    {"cleanup.policy", "log.cleanup.policy"},
    {"compression.gzip.level", "compression.gzip.level"},
    {"compression.lz4.level", "compression.lz4.level"},
    {"compression.type", "compression.type"},
    {"compression.zstd.level", "compression.zstd.level"},
    {"delete.retention.ms", "log.cleaner.delete.retention.ms"},
    {"file.delete.delay.ms", "log.segment.delete.delay.ms"},
    {"flush.messages", "log.flush.interval.messages"},
    {"flush.ms", "log.flush.interval.ms"},
    {"flush.ms", "log.flush.scheduler.interval.ms"},
    {"index.interval.bytes", "log.index.interval.bytes"},
    {"local.retention.bytes", "log.local.retention.bytes"},
    {"local.retention.ms", "log.local.retention.ms"},
    {"max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms"},
    {"max.message.bytes", "message.max.bytes"},
    {"message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms"},
    {"message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms"},
    {"message.timestamp.type", "log.message.timestamp.type"},
    {"min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio"},
    {"min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms"},
    {"min.insync.replicas", "min.insync.replicas"},
    {"preallocate", "log.preallocate"},
    {"retention.bytes", "log.retention.bytes"},
    {"retention.ms", "log.retention.ms"},
    {"retention.ms", "log.retention.minutes", kMillisecondsPerMinute},
    {"retention.ms", "log.retention.hours", kMillisecondsPerHour},
    {"segment.bytes", "log.segment.bytes"},
    {"segment.index.bytes", "log.index.size.max.bytes"},
    {"segment.jitter.ms", "log.roll.jitter.ms"},
    {"segment.jitter.ms", "log.roll.jitter.hours", kMillisecondsPerHour},
    {"segment.ms", "log.roll.ms"},
    {"segment.ms", "log.roll.hours", kMillisecondsPerHour},
    {"unclean.leader.election.enable", "unclean.leader.election.enable"},
};

const Setting* Find(absl::Span<const Setting> settings, absl::string_view name) {
  for (const Setting& setting : settings) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

}  // namespace

absl::Span<const Setting> TopicSettings() { return kTopicSettings; }
absl::Span<const Setting> BrokerSettings() { return kBrokerSettings; }
absl::Span<const SettingSynonym> SettingSynonyms() { return kSynonyms; }

const Setting* FindTopicSetting(absl::string_view name) { return Find(kTopicSettings, name); }
const Setting* FindBrokerSetting(absl::string_view name) { return Find(kBrokerSettings, name); }

}  // namespace tidemark
