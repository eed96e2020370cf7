#include "storage/compaction/retain_decision.h"

namespace tidemark {
namespace {

bool HorizonHasPassed(const RecordBatchView& batch, Timestamp now) {
  const absl::optional<Timestamp> horizon = batch.delete_horizon();
  return horizon.has_value() && *horizon <= now;
}

bool IsLastOfProducer(const RecordBatchView& batch, const LastProducerRecords& producers) {
  if (batch.producer_id() < ProducerId(0)) return false;
  const auto last = producers.find(batch.producer_id());
  if (last == producers.end()) return false;
  if (last->second.last_data_offset.has_value()) {
    return batch.last_offset() == *last->second.last_data_offset;
  }
  return batch.is_control() && batch.producer_epoch() == last->second.epoch;
}

}  // namespace

BatchDecision DecideBatch(const RecordBatchView& batch, bool is_spent,
                          const CleaningContext& context) {
  BatchDecision decision;
  // Markers wait for the horizon as tombstones do, so that a slow reader meets them.
  decision.drops_records =
      is_spent && (!batch.is_control() || HorizonHasPassed(batch, context.now));
  decision.keeps_empty =
      batch.next_offset() == context.end || IsLastOfProducer(batch, context.producers);
  decision.is_spent_marker = is_spent && batch.is_control();
  return decision;
}

bool KeepsRecord(const RecordBatchView& batch, const RecordView& record,
                 absl::optional<Offset> latest, Offset map_end, Timestamp now) {
  if (record.offset > map_end) return true;
  if (!record.key.has_value()) return false;
  if (latest.has_value() && record.offset < *latest) return false;
  return record.value.has_value() || !HorizonHasPassed(batch, now);
}

bool NeedsDeleteHorizon(const RecordBatchView& batch, const BatchDecision& decision,
                        bool has_tombstones) {
  return (has_tombstones || decision.is_spent_marker) && !batch.delete_horizon().has_value();
}

}  // namespace tidemark
