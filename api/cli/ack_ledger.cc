#include "api/cli/ack_ledger.h"

namespace tidemark {

int64_t AckLedger::OpenBatch() {
  batches_.emplace_back();
  return first_batch_ + static_cast<int64_t>(batches_.size()) - 1;
}

void AckLedger::AddRecord(int64_t batch) {
  if (runs_.empty() || runs_.back().batch != batch) runs_.push_back({batch, 0});
  ++runs_.back().record_count;
  ++At(batch).pending_records;
  ++pending_records_;
}

void AckLedger::Acknowledge(int64_t batch, const AppendAck& ack) {
  Batch& acknowledged = At(batch);
  acknowledged.state = State::kAcknowledged;
  acknowledged.partition = ack.partition;
  acknowledged.next_offset = ack.offset;
}

void AckLedger::Fail(int64_t batch) { At(batch).state = State::kFailed; }

void AckLedger::TakeInOrder(absl::FunctionRef<void(PartitionId, Offset)> visit) {
  while (!runs_.empty() && At(runs_.front().batch).state != State::kOpen) {
    const Run run = runs_.front();
    Batch& batch = At(run.batch);
    if (batch.state == State::kAcknowledged) {
      for (int64_t i = 0; i < run.record_count; ++i) visit(batch.partition, batch.next_offset + i);
    }
    batch.next_offset += run.record_count;
    batch.pending_records -= run.record_count;
    pending_records_ -= run.record_count;
    runs_.pop_front();
  }
  DropTakenBatches();
}

void AckLedger::DropTakenBatches() {
  while (!batches_.empty() && batches_.front().state != State::kOpen &&
         batches_.front().pending_records == 0) {
    batches_.pop_front();
    ++first_batch_;
  }
}

}  // namespace tidemark
