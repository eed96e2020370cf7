#include "storage/engine/setting_rows.h"
#include "storage/engine/setting_table.h"

namespace tidemark {
namespace {

using namespace setting_rows;  // NOLINT: a table is easier to read so.

constexpr Setting kTopicSettings[] = {
    ChoiceList("cleanup.policy", "delete", kCleanupPolicies, kActedOn),
    WithoutZero(Int32("compression.gzip.level", "-1", -1, kActedOn, 9)),
    Int32("compression.lz4.level", "9", 1, kActedOn, 17),
    Choice("compression.type", "producer", kCodecs, kActedOn),
    Int32("compression.zstd.level", "3", -131072, kActedOn, 22),
    Int64("delete.retention.ms", "86400000", 0, kActedOn),
    Int64("file.delete.delay.ms", "60000", 0, kActedOn),
    Int64("flush.messages", kInt64MaxText, 1, kActedOn),
    Int64("flush.ms", kInt64MaxText, 0, kActedOn),
    Replicas("follower.replication.throttled.replicas"),
    Int32("index.interval.bytes", "4096", 0, kActedOn),
    Replicas("leader.replication.throttled.replicas"),
    Int64("local.retention.bytes", "-2", -2, kOnlyKept),
    Int64("local.retention.ms", "-2", -2, kOnlyKept),
    Int64("max.compaction.lag.ms", kInt64MaxText, 1, kActedOn),
    Int32("max.message.bytes", "1048588", 0, kActedOn),
    Int64("message.timestamp.after.max.ms", "3600000", 0, kActedOn),
    Int64("message.timestamp.before.max.ms", kInt64MaxText, 0, kActedOn),
    Choice("message.timestamp.type", "CreateTime", kTimestampTypes, kActedOn),
    Ratio("min.cleanable.dirty.ratio", "0.5", kActedOn),
    Int64("min.compaction.lag.ms", "0", 0, kActedOn),
    Int32("min.insync.replicas", "1", 1, kOnlyKept),
    Bool("preallocate", "false", kOnlyKept),
    Bool("remote.log.copy.disable", "false", kOnlyKept),
    Bool("remote.log.delete.on.disable", "false", kOnlyKept),
    Bool("remote.storage.enable", "false", kOnlyKept),
    Int64("retention.bytes", "-1", kInt64Min, kActedOn),
    Int64("retention.ms", "604800000", -1, kActedOn),
    Int32("segment.bytes", "1073741824", kSegmentBytesMin, kActedOn),
    Int32("segment.index.bytes", "10485760", 4, kActedOn),
    Int64("segment.jitter.ms", "0", 0, kActedOn),
    Int64("segment.ms", "604800000", 1, kActedOn),
    Int64("tidemark.compaction.bytes.per.second", kInt64MaxText, 1, kActedOn),
    NameList("tidemark.retention.consumed.groups", kActedOn),
    Bool("unclean.leader.election.enable", "false", kOnlyKept),
};

}  // namespace

absl::Span<const Setting> TopicSettings() { return kTopicSettings; }

}  // namespace tidemark
