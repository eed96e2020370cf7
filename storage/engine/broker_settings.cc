#include "storage/engine/setting_rows.h"
#include "storage/engine/setting_table.h"

namespace tidemark {
namespace {

using namespace setting_rows;  // NOLINT: a table is easier to read so.

constexpr int64_t kInt16Max = std::numeric_limits<int16_t>::max();

// Each of the cleaner's threads needs more than 1 MiB.
constexpr int64_t kDedupeBufferBytesMin = (int64_t{1} << 20) + 1;

// none, gzip, snappy, lz4, zstd.
constexpr int64_t kCodecIdMax = 4;

constexpr Setting kBrokerSettings[] = {
    Bool("auto.create.topics.enable", "true", kOnlyKept),
    WithoutZero(Int32("compression.gzip.level", "-1", -1, kActedOn, 9)),
    Int32("compression.lz4.level", "9", 1, kActedOn, 17),
    Choice("compression.type", "producer", kCodecs, kActedOn),
    Int32("compression.zstd.level", "3", -131072, kActedOn, 22),
    Bool("delete.topic.enable", "true", kActedOn),
    Int64("log.cleaner.backoff.ms", "15000", 0, kActedOn),
    Int64("log.cleaner.dedupe.buffer.size", "134217728", kDedupeBufferBytesMin, kActedOn),
    Int64("log.cleaner.delete.retention.ms", "86400000", 0, kActedOn),
    Bool("log.cleaner.enable", "true", kActedOn),
    WithoutZero(Ratio("log.cleaner.io.buffer.load.factor", "0.9", kActedOn)),
    Int32("log.cleaner.io.buffer.size", "524288", 0, kOnlyKept),
    Rate("log.cleaner.io.max.bytes.per.second", "1.7976931348623157E308", kActedOn),
    Int64("log.cleaner.max.compaction.lag.ms", kInt64MaxText, 1, kActedOn),
    Ratio("log.cleaner.min.cleanable.ratio", "0.5", kActedOn),
    Int64("log.cleaner.min.compaction.lag.ms", "0", 0, kActedOn),
    Int32("log.cleaner.threads", "1", 1, kActedOn),
    ChoiceList("log.cleanup.policy", "delete", kCleanupPolicies, kActedOn),
    Int64("log.dir.failure.timeout.ms", "30000", 1, kOnlyKept),
    Int64("log.flush.interval.messages", kInt64MaxText, 1, kActedOn),
    Int64("log.flush.interval.ms", "", kInt64Min, kActedOn),
    Int32("log.flush.offset.checkpoint.interval.ms", "60000", 0, kActedOn),
    Int64("log.flush.scheduler.interval.ms", kInt64MaxText, kInt64Min, kActedOn),
    Int32("log.flush.start.offset.checkpoint.interval.ms", "60000", 0, kOnlyKept),
    Int32("log.index.interval.bytes", "4096", 0, kActedOn),
    Int32("log.index.size.max.bytes", "10485760", 4, kActedOn),
    Int64("log.initial.task.delay.ms", "30000", 0, kActedOn),
    Int64("log.local.retention.bytes", "-2", -2, kOnlyKept),
    Int64("log.local.retention.ms", "-2", -2, kOnlyKept),
    Int64("log.message.timestamp.after.max.ms", "3600000", 0, kActedOn),
    Int64("log.message.timestamp.before.max.ms", kInt64MaxText, 0, kActedOn),
    Choice("log.message.timestamp.type", "CreateTime", kTimestampTypes, kActedOn),
    Bool("log.preallocate", "false", kOnlyKept),
    Int64("log.retention.bytes", "-1", kInt64Min, kActedOn),
    Int64("log.retention.check.interval.ms", "300000", 1, kActedOn),
    WithoutZero(Int32("log.retention.hours", "168", kInt32Min, kActedOn)),
    WithoutZero(Int32("log.retention.minutes", "", kInt32Min, kActedOn)),
    WithoutZero(Int64("log.retention.ms", "", kInt64Min, kActedOn)),
    Int32("log.roll.hours", "168", 1, kActedOn),
    Int32("log.roll.jitter.hours", "0", 0, kActedOn),
    Int64("log.roll.jitter.ms", "", 0, kActedOn),
    Int64("log.roll.ms", "", 1, kActedOn),
    Int32("log.segment.bytes", "1073741824", kSegmentBytesMin, kActedOn),
    Int64("log.segment.delete.delay.ms", "60000", 0, kActedOn),
    Int32("message.max.bytes", "1048588", 0, kActedOn),
    Int32("min.insync.replicas", "1", 1, kOnlyKept),
    Int32("num.partitions", "1", 1, kActedOn),
    Int32("num.recovery.threads.per.data.dir", "2", 1, kActedOn),
    Int32("num.replica.alter.log.dirs.threads", "", kInt32Min, kOnlyKept),
    Int32("offset.metadata.max.bytes", "4096", kInt32Min, kActedOn),
    Int32("offsets.commit.timeout.ms", "5000", 1, kOnlyKept),
    Int32("offsets.load.buffer.size", "5242880", 1, kOnlyKept),
    Int64("offsets.retention.check.interval.ms", "600000", 1, kActedOn),
    Int32("offsets.retention.minutes", "10080", 1, kActedOn),
    Int32("offsets.topic.compression.codec", "0", 0, kActedOn, kCodecIdMax),
    Int32("offsets.topic.num.partitions", "50", 1, kActedOn),
    Int32("offsets.topic.replication.factor", "3", 1, kOnlyKept, kInt16Max),
    Int32("offsets.topic.segment.bytes", "104857600", 1, kActedOn),
    Int32("producer.id.expiration.check.interval.ms", "600000", 1, kActedOn),
    Int32("producer.id.expiration.ms", "86400000", 1, kActedOn),
    Int64("replica.high.watermark.checkpoint.interval.ms", "5000", kInt64Min, kOnlyKept),
    Int64("tidemark.disk.reserve.bytes", "8388608", 0, kActedOn),
    Int32("tidemark.journal.bytes", "0", 0, kActedOn, 1 << 30),
    Choice("tidemark.log.dir.placement", "count", "count space", kActedOn),
    Int64("tidemark.scrub.bytes.per.second", "10485760", 1, kActedOn),
    Int64("tidemark.scrub.interval.ms", "604800000", -1, kActedOn),
    Int32("transaction.abort.timed.out.transaction.cleanup.interval.ms", "10000", 1, kActedOn),
    Int32("transaction.max.timeout.ms", "900000", 1, kActedOn),
    Bool("transaction.partition.verification.enable", "true", kOnlyKept),
    Int32("transaction.remove.expired.transaction.cleanup.interval.ms", "3600000", 1, kActedOn),
    Int32("transaction.state.log.load.buffer.size", "5242880", 1, kOnlyKept),
    Int32("transaction.state.log.min.isr", "2", 1, kOnlyKept),
    Int32("transaction.state.log.num.partitions", "50", 1, kActedOn),
    Int32("transaction.state.log.replication.factor", "3", 1, kOnlyKept, kInt16Max),
    Int32("transaction.state.log.segment.bytes", "104857600", 1, kActedOn),
    Bool("transaction.two.phase.commit.enable", "false", kOnlyKept),
    Int32("transactional.id.expiration.ms", "604800000", 1, kActedOn),
    Bool("unclean.leader.election.enable", "false", kOnlyKept),
};

constexpr absl::string_view kPlaces = "the data directories are given to Open";
constexpr absl::string_view kNoCluster = "the engine is part of no cluster";
constexpr absl::string_view kNoTiers = "there is no tiered storage";

constexpr RefusedSetting kRefusedSettings[] = {
    {"log.dir", kPlaces},
    {"log.dirs", kPlaces},
    {"metadata.log.", kNoCluster},
    {"remote.log.", kNoTiers},
};

}  // namespace

absl::Span<const Setting> BrokerSettings() { return kBrokerSettings; }
absl::Span<const RefusedSetting> RefusedSettings() { return kRefusedSettings; }

}  // namespace tidemark
