#include "api/cli/line_producer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "api/cli/decimal_text.h"
#include "storage/base/status_macros.h"
#include "storage/format/murmur2.h"

namespace tidemark {
namespace {

// Enough to share syncs widely; few enough to bound memory.
constexpr int64_t kInFlightBatchesMax = 1024;
constexpr int64_t kInFlightBytesMax = int64_t{16} << 20;

// However many partitions there are, and however seldom one of them comes, no line waits longer for
// others to fill its batch.
constexpr int64_t kGatheredLinesMax = int64_t{1} << 16;
constexpr int64_t kGatheredBytesMax = int64_t{32} << 20;

void FormatOffset(PartitionId partition, Offset offset, std::string* out) {
  AppendDecimal(partition.value(), out);
  out->push_back(' ');
  AppendDecimal(offset.value(), out);
  out->push_back('\n');
}

}  // namespace

LineProducer::LineProducer(const Topic& topic, absl::optional<Producer> producer,
                           const LineProducerOptions& options, Console* console)
    : topic_(topic), producer_(std::move(producer)), options_(options), console_(console) {
  const bool by_key = options_.key_separator.has_value() && !options_.produce.partition.has_value();
  gatherings_.resize(by_key ? static_cast<size_t>(topic_.partition_count()) : 1);
}

absl::Status LineProducer::Add(absl::string_view line) {
  ++line_count_;
  TM_ASSIGN_OR_RETURN(const Record record, Parse(line));
  TM_RETURN_IF_ERROR(Gather(record));
  if (line_count_ - gathered_since_line_ < kGatheredLinesMax &&
      gathered_bytes_ < kGatheredBytesMax) {
    return absl::OkStatus();
  }
  return AppendGathered();
}

absl::StatusOr<Record> LineProducer::Parse(absl::string_view line) const {
  if (static_cast<int64_t>(line.size()) >
      options_.topic_bytes_max - GatheredBatch::kOverheadBytesMin) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", line_count_, " is too long (", line.size(), " bytes or more): topic ",
                     topic_.name(), " takes batches of at most ", options_.topic_bytes_max,
                     " bytes (", options_.topic_bytes_setting, ")"));
  }
  Record record;
  record.value = line;
  if (options_.key_separator.has_value()) {
    const size_t position = line.find(*options_.key_separator);
    if (position == absl::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat("line ", line_count_,
                                                     " has no key: the separator '",
                                                     *options_.key_separator, "' is not in it"));
    }
    record.key = line.substr(0, position);
    const absl::string_view value = line.substr(position + options_.key_separator->size());
    record.value = value;
    if (value.empty() && options_.has_tombstones) record.value = absl::nullopt;
  }
  return record;
}

LineProducer::Gathering& LineProducer::GatheringFor(const Record& record) {
  if (gatherings_.size() == 1) return gatherings_[0];
  const PartitionId partition =
      PartitionForKey(*record.key, static_cast<int32_t>(gatherings_.size()));
  return gatherings_[static_cast<size_t>(partition.value())];
}

absl::Status LineProducer::Gather(const Record& record) {
  Gathering& gathering = GatheringFor(record);
  if (!gathering.batch.empty() &&
      gathering.batch.SizeBytesWith(record) > options_.batch_bytes_max) {
    TM_RETURN_IF_ERROR(Append(&gathering));
  }
  if (gathering.batch.empty()) {
    gathering.number = ledger_.OpenBatch();
    gathering.first_line = line_count_;
  }
  gathered_bytes_ -= gathering.batch.size_bytes();
  gathering.batch.Add(record);
  gathered_bytes_ += gathering.batch.size_bytes();
  ledger_.AddRecord(gathering.number);
  if (gathering.batch.record_count() < options_.batch_records_max) return absl::OkStatus();
  return Append(&gathering);
}

absl::Status LineProducer::AppendGathered() {
  gathered_since_line_ = line_count_;
  for (Gathering& gathering : gatherings_) {
    if (!gathering.batch.empty()) TM_RETURN_IF_ERROR(Append(&gathering));
  }
  return absl::OkStatus();
}

absl::Status LineProducer::Append(Gathering* gathering) {
  TM_RETURN_IF_ERROR(AwaitRoom());
  const InFlight batch = {gathering->number, gathering->first_line, gathering->batch.size_bytes()};
  ++in_flight_count_;
  in_flight_bytes_ += batch.size_bytes;
  gathered_bytes_ -= batch.size_bytes;
  ProduceOptions produce = options_.produce;
  if (gatherings_.size() > 1) {
    produce.partition = PartitionId(static_cast<int32_t>(gathering - gatherings_.data()));
  }
  gathering->batch.GetRecords(&records_);
  const auto done = [this, batch](absl::StatusOr<AppendAck> ack) {
    Complete(batch, std::move(ack));
  };
  if (producer_.has_value()) {
    producer_->AppendAsync(topic_, records_, produce, done);
  } else {
    topic_.AppendAsync(records_, produce, done);
  }
  gathering->batch.Clear();
  return Collect();
}

absl::Status LineProducer::AwaitRoom() {
  while (in_flight_count_ >= kInFlightBatchesMax || in_flight_bytes_ >= kInFlightBytesMax) {
    Wait(/*watch_input=*/false);
    TM_RETURN_IF_ERROR(Collect());
  }
  return absl::OkStatus();
}

// On any thread.
void LineProducer::Complete(const InFlight& batch, absl::StatusOr<AppendAck> ack) {
  MutexLock lock(&mutex_);
  completions_.push_back({batch, std::move(ack)});
  // Under the lock: this object may be destroyed as soon as the last completion is seen.
  if (is_waiting_) console_->Wake();
  is_waiting_ = false;
}

Console::Event LineProducer::Wait(bool watch_input) {
  {
    MutexLock lock(&mutex_);
    if (!completions_.empty()) return Console::Event::kWoken;
    is_waiting_ = true;
  }
  const Console::Watch watch = {.input = watch_input,
                                .output = watch_input && options_.print_offsets};
  const Console::Event event = console_->Wait(watch, absl::InfiniteDuration());
  if (event == Console::Event::kInterrupted) was_interrupted_ = true;
  MutexLock lock(&mutex_);
  is_waiting_ = false;
  return event;
}

absl::Status LineProducer::Collect() {
  std::vector<Completion> completions;
  {
    MutexLock lock(&mutex_);
    completions.swap(completions_);
  }
  for (const Completion& completion : completions) Take(completion);
  TM_RETURN_IF_ERROR(completions.empty() ? absl::OkStatus() : PrintTaken());
  return append_status_;
}

void LineProducer::Take(const Completion& completion) {
  --in_flight_count_;
  in_flight_bytes_ -= completion.batch.size_bytes;
  if (completion.ack.ok()) {
    acknowledged_count_ += completion.ack->record_count;
    ledger_.Acknowledge(completion.batch.number, *completion.ack);
    return;
  }
  ledger_.Fail(completion.batch.number);
  if (completion.batch.first_line < failed_line_) {
    failed_line_ = completion.batch.first_line;
    append_status_ = Annotate(completion.ack.status(), absl::StrCat("line ", failed_line_));
  }
}

absl::Status LineProducer::PrintTaken() {
  std::string printed;
  ledger_.TakeInOrder([this, &printed](PartitionId partition, Offset offset) {
    if (options_.print_offsets) FormatOffset(partition, offset, &printed);
  });
  if (printed.empty()) return absl::OkStatus();
  TM_RETURN_IF_ERROR(console_->Write(printed));
  return console_->Flush();
}

absl::Status LineProducer::Finish() {
  absl::Status status = append_status_.ok() ? AppendGathered() : append_status_;
  while (in_flight_count_ > 0) {
    Wait(/*watch_input=*/false);
    status.Update(Collect());
  }
  for (const Gathering& gathering : gatherings_) {
    if (!gathering.batch.empty()) ledger_.Fail(gathering.number);
  }
  status.Update(PrintTaken());
  return append_status_.ok() ? status : append_status_;
}

}  // namespace tidemark
