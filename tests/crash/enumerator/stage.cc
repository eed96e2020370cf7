#include "tests/crash/enumerator/stage.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/record.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

// Bytes of their own for each number and length, none of them zero.
std::string ValueOf(int64_t number, int value_bytes) {
  std::string value = absl::StrCat(number, ":");
  auto state = static_cast<uint64_t>(number) * 0x9e3779b97f4a7c15u + 1;
  while (static_cast<int>(value.size()) < value_bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value += static_cast<char>('!' + (state >> 40) % 90);
  }
  return value;
}

}  // namespace

Stage::Stage(const MachineMaker& make, const WrapFileSystem& wrap, FileFaultHook faults)
    : faults_(std::move(faults)), make_(make) {
  if (wrap != nullptr) wrapped_ = wrap(&disk_);
  machine_ = make_(wrapped_ == nullptr ? &disk_ : wrapped_.get(), Notes());
  status_ = machine_->Prepare(&disk_);
}

Stage::Stage(const MachineMaker& make, const WrapFileSystem& wrap, const CrashPoint& begin,
             int64_t first_number)
    : disk_(begin.files),
      make_(make),
      expectation_(*begin.expectation),
      published_(begin.expectation),
      during_("recovery"),
      next_number_(first_number) {
  if (wrap != nullptr) wrapped_ = wrap(&disk_);
  machine_ = make_(wrapped_ == nullptr ? &disk_ : wrapped_.get(), begin.notes);
}

Stage::~Stage() {
  recorder_.reset();
  LetGoDead(&disk_, machine_.get());
}

void Stage::BeginRecording() {
  recorder_ = std::make_unique<Recorder>(
      &disk_,
      [this](MemorySnapshot files) {
        return CrashPoint{std::move(files), Published(), machine_->notes(), during_};
      },
      faults_);
  recorder_->Mark();
}

std::vector<CrashPoint> Stage::TakePoints() { return recorder_->Take(); }

std::shared_ptr<const Expectation> Stage::Published() {
  if (published_ == nullptr) published_ = std::make_shared<const Expectation>(expectation_);
  return published_;
}

bool Stage::Begin(absl::string_view call) {
  if (!status_.ok()) return false;
  during_ = std::string(call);
  Change();
  return true;
}

void Stage::End(const absl::Status& status) {
  if (!status.ok()) {
    status_ = absl::Status(status.code(), absl::StrCat(during_, ": ", status.message()));
  }
  Change();
  if (recorder_ != nullptr) recorder_->Mark();
}

PartitionExpectation* Stage::Partition(const TopicPartition& name) {
  return &expectation_.partitions[name];
}

std::shared_ptr<ReplicaLog> Stage::Log(const TopicPartition& name) {
  const absl::StatusOr<std::shared_ptr<ReplicaLog>> log = machine_->GetLog(name);
  return log.ok() ? *log : nullptr;
}

void Stage::Open() {
  if (!Begin("open")) return;
  const Notes notes = machine_->notes();
  machine_->LetGo();
  machine_ = make_(wrapped_ == nullptr ? &disk_ : wrapped_.get(), notes);
  End(machine_->Open());
  if (status_.ok() && machine_->engine() != nullptr) {
    expectation_.engine_configs = {machine_->engine()->DescribeEngine().config};
  }
}

void Stage::Recover() {
  status_ = machine_->Open();
  recorder_->Mark();
  if (!status_.ok()) return;
  expectation_ = AfterRecovery(expectation_, machine_->Observe());
  Change();
}

std::vector<TopicPartition> Stage::partitions() const {
  std::vector<TopicPartition> names;
  for (const auto& [name, partition] : expectation_.partitions) names.push_back(name);
  return names;
}

void Stage::Close() {
  if (!Begin("close")) return;
  const absl::Status status = machine_->Close();
  for (auto& [name, partition] : expectation_.partitions) {
    if (!status.ok()) continue;
    partition.durable_end = partition.buffered_end;
    partition.or_else = nullptr;
  }
  End(status);
}

void Stage::RunTasks() {
  if (!Begin("tasks")) return;
  machine_->RunUntilIdle();
  End(absl::OkStatus());
}

void Stage::Advance(absl::Duration duration) {
  if (!Begin("time")) return;
  // An engine's retention may run.
  for (auto& [name, partition] : expectation_.partitions) {
    if (machine_->engine() != nullptr) partition.start_max = partition.buffered_end;
  }
  machine_->Advance(duration);
  for (auto& [name, partition] : expectation_.partitions) {
    const std::shared_ptr<ReplicaLog> log = Log(name);
    if (log == nullptr) continue;
    partition.start_min = partition.start_max = log->offsets().log_start;
    partition.durable_end = std::max(partition.durable_end, partition.start_min);
  }
  End(absl::OkStatus());
}

void Stage::Checkpoint() {
  if (Begin("checkpoint")) End(machine_->Checkpoint());
}

std::string Stage::MakeBatch(const AppendKind& kind) {
  RecordBatchOptions options;
  if (kind.producer >= 0) {
    options.producer_id = ProducerId(kind.producer);
    options.producer_epoch = ProducerEpoch(0);
    Sequence& next = next_sequences_[kind.producer];
    options.base_sequence = next;
    next += kind.records;
    options.is_transactional = kind.is_transactional;
  }
  RecordBatchBuilder builder(options);
  for (int i = 0; i < kind.records; ++i) {
    const int64_t number = next_number_++;
    const std::string value = ValueOf(number, kind.value_bytes);
    const std::string key = absl::StrCat("key", kind.keys == 0 ? 0 : number % kind.keys);
    Record record;
    record.value = value;
    if (kind.keys > 0) record.key = key;
    record.timestamp = Timestamp(1'700'000'000'000 + number);
    TM_CHECK(builder.Add(record).ok());
  }
  const absl::StatusOr<absl::Span<char>> batch = builder.Finish();
  TM_CHECK(batch.ok());
  return std::string(batch->data(), batch->size());
}

void Stage::AppendTo(const TopicPartition& name, const AppendKind& kind) {
  const std::shared_ptr<ReplicaLog> log = Log(name);
  if (log == nullptr || log->latest_leader_epoch().value_or(LeaderEpoch(0)) > kind.epoch) return;
  if (!Begin("append")) return;
  std::string batch = MakeBatch(kind);
  PartitionExpectation* const partition = Partition(name);
  const Offset base = partition->end();
  std::string stamped = batch;
  StampBatch(base, kind.epoch, absl::MakeSpan(stamped));
  partition->batches.push_back(
      {base, base + kind.records, std::make_shared<const std::string>(stamped), kNoProducerId});
  partition->epoch_max = std::max(partition->epoch_max, kind.epoch);
  AppendOptions options;
  options.leader_epoch = kind.epoch;
  const absl::StatusOr<AppendResult> result = kind.as_follower
                                                  ? log->AppendAsFollower(stamped)
                                                  : log->Append(absl::MakeSpan(batch), options);
  if (result.ok()) {
    Acknowledge(name, result->last_offset + 1, result->durability == Durability::kDurable);
  }
  End(result.status());
}

void Stage::Acknowledge(const TopicPartition& name, Offset next_offset, bool is_durable) {
  PartitionExpectation* const partition = Partition(name);
  partition->buffered_end = std::max(partition->buffered_end, next_offset);
  if (!is_durable) return;
  partition->durable_end = std::max(partition->durable_end, next_offset);
  partition->or_else = nullptr;
}

void Stage::EndTransaction(int64_t producer, bool is_commit) {
  const std::shared_ptr<ReplicaLog> log = Log(kOnly);
  if (log == nullptr || next_sequences_.count(producer) == 0 || !Begin("marker")) return;
  PartitionExpectation* const partition = Partition(kOnly);
  partition->batches.push_back(
      {partition->end(), partition->end() + 1, nullptr, ProducerId(producer)});
  AppendOptions options;
  options.leader_epoch = partition->epoch_max;
  const absl::StatusOr<AppendResult> result =
      log->EndTransaction({.producer_id = ProducerId(producer),
                           .producer_epoch = ProducerEpoch(0),
                           .is_commit = is_commit},
                          options);
  if (result.ok()) {
    Acknowledge(kOnly, result->last_offset + 1, result->durability == Durability::kDurable);
  }
  End(result.status());
}

void Stage::Sync(const TopicPartition& name) {
  const std::shared_ptr<ReplicaLog> log = Log(name);
  if (log == nullptr || !Begin("sync")) return;
  const Offset end = log->offsets().log_end;
  const absl::Status status = log->Sync(end);
  if (status.ok()) Acknowledge(name, end, true);
  End(status);
}

void Stage::AssignEpoch(LeaderEpoch epoch) {
  const std::shared_ptr<ReplicaLog> log = Log(kOnly);
  if (log == nullptr || log->latest_leader_epoch().value_or(LeaderEpoch(0)) > epoch) return;
  if (!Begin("epoch")) return;
  PartitionExpectation* const partition = Partition(kOnly);
  partition->epoch_max = std::max(partition->epoch_max, epoch);
  End(log->AssignLeaderEpoch(epoch));
}

void Stage::Truncate(int batches) {
  const std::shared_ptr<ReplicaLog> log = Log(kOnly);
  PartitionExpectation* const partition = Partition(kOnly);
  const auto count = static_cast<size_t>(batches);
  if (log == nullptr || partition->batches.size() < count) return;
  const Offset to = partition->batches[partition->batches.size() - count].base_offset;
  if (to < log->offsets().log_start || !Begin("truncate")) return;
  const PartitionExpectation before = *partition;
  partition->buffered_end = std::min(before.buffered_end, to);
  partition->durable_end = std::min(before.durable_end, to);
  const absl::Status status = log->TruncateTo(to);
  if (status.ok()) {
    partition->batches.resize(partition->batches.size() - count);
    // Durable on return: what is left as well as that the rest is gone.
    partition->buffered_end = partition->end();
    RewindSequences(*partition);
  }
  End(status);
}

// A producer goes on behind the last batch that is left of it.
void Stage::RewindSequences(const PartitionExpectation& partition) {
  for (const ExpectedBatch& expected : partition.batches) {
    if (expected.bytes == nullptr) continue;
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(*expected.bytes);
    TM_CHECK(batch.ok());
    const auto found = next_sequences_.find(batch->producer_id().value());
    if (found != next_sequences_.end()) {
      found->second = batch->base_sequence() + batch->record_count();
    }
  }
}

void Stage::Restart(int64_t distance) {
  const std::shared_ptr<ReplicaLog> log = Log(kOnly);
  if (log == nullptr || !Begin("restart")) return;
  PartitionExpectation* const partition = Partition(kOnly);
  const Offset to = log->offsets().log_end + distance;
  const PartitionExpectation before = *partition;
  partition->restart = to;
  partition->buffered_end = partition->durable_end = before.start_min;
  const absl::Status status = log->TruncateFullyAndStartAt(to);
  if (status.ok()) {
    PartitionExpectation after;
    after.first_offset = after.buffered_end = after.durable_end = to;
    after.start_min = after.start_max = to;
    after.epoch_max = before.epoch_max;
    *partition = after;
    next_sequences_.clear();
  }
  End(status);
}

void Stage::DeleteRecords(int64_t records) {
  const std::shared_ptr<ReplicaLog> log = Log(kOnly);
  if (log == nullptr) return;
  const LogOffsets offsets = log->offsets();
  const Offset to = offsets.log_end - records;
  if (to <= offsets.log_start || !Begin("delete records")) return;
  PartitionExpectation* const partition = Partition(kOnly);
  partition->start_max = to;
  const absl::Status status = log->DeleteRecordsBefore(to);
  if (status.ok()) {
    partition->start_min = to;
    Acknowledge(kOnly, to, true);
  }
  End(status);
}

}  // namespace tidemark
