// Every name, default and range is Apache Kafka's (4.1.0), but for these:
// - Sizes of segments: 4.1 takes 1048576 and more, 4.0 took 14 and more.
// - Kafka takes these values and then does not start with them, or makes no sense of them:
//   log.cleaner.threads 0, a dedupe buffer of 1 MiB or less for each thread, log.retention.* 0,
//   log.roll.ms and log.roll.jitter.ms below 1 and 0, codecs that there are not, load factors
//   outside of 0 to 1, a rate of 0 or below.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/engine/setting_table.h"

namespace tidemark {
namespace {

struct Row {
  absl::string_view name;
  absl::string_view default_value;  // Empty where Kafka has null, or an empty list.
  absl::string_view range;
};

constexpr Row kTopic[] = {
    {"cleanup.policy", "delete", "any of compact delete"},
    {"compression.gzip.level", "-1", "int32 -1..9 but not 0"},
    {"compression.lz4.level", "9", "int32 1..17"},
    {"compression.type", "producer", "one of uncompressed zstd lz4 snappy gzip producer"},
    {"compression.zstd.level", "3", "int32 -131072..22"},
    {"delete.retention.ms", "86400000", "int64 0..9223372036854775807"},
    {"file.delete.delay.ms", "60000", "int64 0..9223372036854775807"},
    {"flush.messages", "9223372036854775807", "int64 1..9223372036854775807"},
    {"flush.ms", "9223372036854775807", "int64 0..9223372036854775807"},
    {"follower.replication.throttled.replicas", "", "replicas"},
    {"index.interval.bytes", "4096", "int32 0..2147483647"},
    {"leader.replication.throttled.replicas", "", "replicas"},
    {"local.retention.bytes", "-2", "int64 -2..9223372036854775807"},
    {"local.retention.ms", "-2", "int64 -2..9223372036854775807"},
    {"max.compaction.lag.ms", "9223372036854775807", "int64 1..9223372036854775807"},
    {"max.message.bytes", "1048588", "int32 0..2147483647"},
    {"message.timestamp.after.max.ms", "3600000", "int64 0..9223372036854775807"},
    {"message.timestamp.before.max.ms", "9223372036854775807", "int64 0..9223372036854775807"},
    {"message.timestamp.type", "CreateTime", "one of CreateTime LogAppendTime"},
    {"min.cleanable.dirty.ratio", "0.5", "ratio"},
    {"min.compaction.lag.ms", "0", "int64 0..9223372036854775807"},
    {"min.insync.replicas", "1", "int32 1..2147483647"},
    {"preallocate", "false", "bool"},
    {"remote.log.copy.disable", "false", "bool"},
    {"remote.log.delete.on.disable", "false", "bool"},
    {"remote.storage.enable", "false", "bool"},
    {"retention.bytes", "-1", "int64 -9223372036854775808..9223372036854775807"},
    {"retention.ms", "604800000", "int64 -1..9223372036854775807"},
    {"segment.bytes", "1073741824", "int32 14..2147483647"},
    {"segment.index.bytes", "10485760", "int32 4..2147483647"},
    {"segment.jitter.ms", "0", "int64 0..9223372036854775807"},
    {"segment.ms", "604800000", "int64 1..9223372036854775807"},
    {"tidemark.compaction.bytes.per.second", "9223372036854775807", "int64 1..9223372036854775807"},
    {"tidemark.retention.consumed.groups", "", "names"},
    {"unclean.leader.election.enable", "false", "bool"},
};

constexpr Row kBroker[] = {
    {"auto.create.topics.enable", "true", "bool"},
    {"compression.gzip.level", "-1", "int32 -1..9 but not 0"},
    {"compression.lz4.level", "9", "int32 1..17"},
    {"compression.type", "producer", "one of uncompressed zstd lz4 snappy gzip producer"},
    {"compression.zstd.level", "3", "int32 -131072..22"},
    {"delete.topic.enable", "true", "bool"},
    {"log.cleaner.backoff.ms", "15000", "int64 0..9223372036854775807"},
    {"log.cleaner.dedupe.buffer.size", "134217728", "int64 1048577..9223372036854775807"},
    {"log.cleaner.delete.retention.ms", "86400000", "int64 0..9223372036854775807"},
    {"log.cleaner.enable", "true", "bool"},
    {"log.cleaner.io.buffer.load.factor", "0.9", "ratio but not 0"},
    {"log.cleaner.io.buffer.size", "524288", "int32 0..2147483647"},
    {"log.cleaner.io.max.bytes.per.second", "1.7976931348623157E308", "rate"},
    {"log.cleaner.max.compaction.lag.ms", "9223372036854775807", "int64 1..9223372036854775807"},
    {"log.cleaner.min.cleanable.ratio", "0.5", "ratio"},
    {"log.cleaner.min.compaction.lag.ms", "0", "int64 0..9223372036854775807"},
    {"log.cleaner.threads", "1", "int32 1..2147483647"},
    {"log.cleanup.policy", "delete", "any of compact delete"},
    {"log.dir.failure.timeout.ms", "30000", "int64 1..9223372036854775807"},
    {"log.flush.interval.messages", "9223372036854775807", "int64 1..9223372036854775807"},
    {"log.flush.interval.ms", "", "int64 -9223372036854775808..9223372036854775807"},
    {"log.flush.offset.checkpoint.interval.ms", "60000", "int32 0..2147483647"},
    {"log.flush.scheduler.interval.ms", "9223372036854775807",
     "int64 -9223372036854775808..9223372036854775807"},
    {"log.flush.start.offset.checkpoint.interval.ms", "60000", "int32 0..2147483647"},
    {"log.index.interval.bytes", "4096", "int32 0..2147483647"},
    {"log.index.size.max.bytes", "10485760", "int32 4..2147483647"},
    {"log.initial.task.delay.ms", "30000", "int64 0..9223372036854775807"},
    {"log.local.retention.bytes", "-2", "int64 -2..9223372036854775807"},
    {"log.local.retention.ms", "-2", "int64 -2..9223372036854775807"},
    {"log.message.timestamp.after.max.ms", "3600000", "int64 0..9223372036854775807"},
    {"log.message.timestamp.before.max.ms", "9223372036854775807", "int64 0..9223372036854775807"},
    {"log.message.timestamp.type", "CreateTime", "one of CreateTime LogAppendTime"},
    {"log.preallocate", "false", "bool"},
    {"log.retention.bytes", "-1", "int64 -9223372036854775808..9223372036854775807"},
    {"log.retention.check.interval.ms", "300000", "int64 1..9223372036854775807"},
    {"log.retention.hours", "168", "int32 -2147483648..2147483647 but not 0"},
    {"log.retention.minutes", "", "int32 -2147483648..2147483647 but not 0"},
    {"log.retention.ms", "", "int64 -9223372036854775808..9223372036854775807 but not 0"},
    {"log.roll.hours", "168", "int32 1..2147483647"},
    {"log.roll.jitter.hours", "0", "int32 0..2147483647"},
    {"log.roll.jitter.ms", "", "int64 0..9223372036854775807"},
    {"log.roll.ms", "", "int64 1..9223372036854775807"},
    {"log.segment.bytes", "1073741824", "int32 14..2147483647"},
    {"log.segment.delete.delay.ms", "60000", "int64 0..9223372036854775807"},
    {"message.max.bytes", "1048588", "int32 0..2147483647"},
    {"min.insync.replicas", "1", "int32 1..2147483647"},
    {"num.partitions", "1", "int32 1..2147483647"},
    {"num.recovery.threads.per.data.dir", "2", "int32 1..2147483647"},
    {"num.replica.alter.log.dirs.threads", "", "int32 -2147483648..2147483647"},
    {"offset.metadata.max.bytes", "4096", "int32 -2147483648..2147483647"},
    {"offsets.commit.timeout.ms", "5000", "int32 1..2147483647"},
    {"offsets.load.buffer.size", "5242880", "int32 1..2147483647"},
    {"offsets.retention.check.interval.ms", "600000", "int64 1..9223372036854775807"},
    {"offsets.retention.minutes", "10080", "int32 1..2147483647"},
    {"offsets.topic.compression.codec", "0", "int32 0..4"},
    {"offsets.topic.num.partitions", "50", "int32 1..2147483647"},
    {"offsets.topic.replication.factor", "3", "int32 1..32767"},
    {"offsets.topic.segment.bytes", "104857600", "int32 1..2147483647"},
    {"producer.id.expiration.check.interval.ms", "600000", "int32 1..2147483647"},
    {"producer.id.expiration.ms", "86400000", "int32 1..2147483647"},
    {"replica.high.watermark.checkpoint.interval.ms", "5000",
     "int64 -9223372036854775808..9223372036854775807"},
    {"tidemark.disk.reserve.bytes", "8388608", "int64 0..9223372036854775807"},
    {"tidemark.journal.bytes", "0", "int32 0..1073741824"},
    {"tidemark.log.dir.placement", "count", "one of count space"},
    {"tidemark.scrub.bytes.per.second", "10485760", "int64 1..9223372036854775807"},
    {"tidemark.scrub.interval.ms", "604800000", "int64 -1..9223372036854775807"},
    {"transaction.abort.timed.out.transaction.cleanup.interval.ms", "10000", "int32 1..2147483647"},
    {"transaction.max.timeout.ms", "900000", "int32 1..2147483647"},
    {"transaction.partition.verification.enable", "true", "bool"},
    {"transaction.remove.expired.transaction.cleanup.interval.ms", "3600000",
     "int32 1..2147483647"},
    {"transaction.state.log.load.buffer.size", "5242880", "int32 1..2147483647"},
    {"transaction.state.log.min.isr", "2", "int32 1..2147483647"},
    {"transaction.state.log.num.partitions", "50", "int32 1..2147483647"},
    {"transaction.state.log.replication.factor", "3", "int32 1..32767"},
    {"transaction.state.log.segment.bytes", "104857600", "int32 1..2147483647"},
    {"transaction.two.phase.commit.enable", "false", "bool"},
    {"transactional.id.expiration.ms", "604800000", "int32 1..2147483647"},
    {"unclean.leader.election.enable", "false", "bool"},
};

std::string RangeOf(const Setting& setting) {
  const std::string zero = setting.zero_is_allowed ? "" : " but not 0";
  const std::string range = absl::StrCat(setting.min, "..", setting.max, zero);
  switch (setting.type) {
    case SettingType::kBool:
      return "bool";
    case SettingType::kInt32:
      return absl::StrCat("int32 ", range);
    case SettingType::kInt64:
      return absl::StrCat("int64 ", range);
    case SettingType::kRatio:
      return absl::StrCat("ratio", zero);
    case SettingType::kRate:
      return "rate";
    case SettingType::kChoice:
      return absl::StrCat("one of ", setting.choices);
    case SettingType::kChoiceList:
      return absl::StrCat("any of ", setting.choices);
    case SettingType::kNameList:
      return "names";
    case SettingType::kReplicas:
      return "replicas";
  }
  return "";
}

void Compare(absl::Span<const Setting> settings, absl::Span<const Row> rows) {
  ASSERT_EQ(settings.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(settings[i].name, rows[i].name);
    EXPECT_EQ(settings[i].default_value, rows[i].default_value) << rows[i].name;
    EXPECT_EQ(RangeOf(settings[i]), rows[i].range) << rows[i].name;
  }
}

TEST(SettingTable, TopicSettingsAreKafkas) { Compare(TopicSettings(), kTopic); }

TEST(SettingTable, EngineSettingsAreKafkas) { Compare(BrokerSettings(), kBroker); }

}  // namespace
}  // namespace tidemark
