#include "storage/engine/log_retention.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "storage/base/status_macros.h"
#include "storage/engine/topic_config.h"

namespace tidemark {
namespace {

// What every group has passed; a group that never committed holds everything.
absl::optional<Offset> ConsumedByAll(const PartitionLog& log, const RetentionRules& rules,
                                     const ConsumedOffsets& consumed) {
  if (rules.groups.empty()) return absl::nullopt;
  Offset all = log.offsets().log_end;
  for (const std::string& group : rules.groups) {
    const absl::optional<Offset> offset =
        consumed == nullptr ? absl::nullopt : consumed(group, log.topic_partition());
    all = std::min(all, offset.value_or(Offset(0)));
  }
  return all;
}

absl::Status Retain(PartitionLog* log, const RetentionRules& rules, const ConsumedOffsets& consumed,
                    Clock* clock, RetentionOutcome* outcome) {
  TM_RETURN_IF_ERROR(log->RollIfDue());
  TM_ASSIGN_OR_RETURN(const std::vector<SegmentInfo> infos, log->Segments());
  std::vector<RetentionSegment> segments;
  for (const SegmentInfo& info : infos) {
    const absl::Time newest = info.largest_timestamp == kNoTimestamp
                                  ? info.modified
                                  : absl::FromUnixMillis(info.largest_timestamp.value());
    segments.push_back({info.base_offset, info.end_offset, info.size_bytes, newest});
  }
  RetentionBounds bounds;
  bounds.now = clock->Now();
  bounds.log_start = outcome->old_start;
  bounds.high_watermark = log->offsets().high_watermark;
  bounds.consumed = ConsumedByAll(*log, rules, consumed);
  const RetentionDecision decision = DecideRetention(segments, rules.config, bounds);
  outcome->reason = decision.reason;
  if (decision.reason == RetentionReason::kNone) return absl::OkStatus();
  if (decision.takes_last_segment) TM_RETURN_IF_ERROR(log->RollActive());
  TM_ASSIGN_OR_RETURN(const RemovedSegments removed, log->AdvanceLogStart(decision.log_start));
  outcome->removed_segments = removed.segment_count;
  outcome->removed_bytes = removed.size_bytes;
  return absl::OkStatus();
}

}  // namespace

RetentionRules MakeRetentionRules(const ConfigMap& effective) {
  RetentionRules rules;
  rules.config = MakeRetentionConfig(effective);
  rules.groups = EffectiveWords(effective, "tidemark.retention.consumed.groups");
  return rules;
}

RetentionOutcome RetainLog(PartitionLog* log, const RetentionRules& rules,
                           const ConsumedOffsets& consumed, Clock* clock) {
  RetentionOutcome outcome;
  outcome.topic_partition = log->topic_partition();
  outcome.old_start = log->offsets().log_start;
  outcome.status = Retain(log, rules, consumed, clock, &outcome);
  outcome.new_start = log->offsets().log_start;
  return outcome;
}

}  // namespace tidemark
