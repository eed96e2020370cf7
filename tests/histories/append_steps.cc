#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/error_code.h"
#include "storage/record_batch_builder.h"
#include "tests/histories/producers.h"
#include "tests/histories/steps.h"

namespace tidemark {
namespace {

absl::Status Finding(absl::string_view what, absl::string_view detail) {
  return absl::InternalError(absl::StrCat(what, ": ", detail));
}

// Records that count up, with keys from a small set.
std::vector<ModelRecord> MakeRecords(World* world, int64_t count, int64_t key, int64_t bytes,
                                     int64_t age) {
  std::vector<ModelRecord> records(static_cast<size_t>(std::max<int64_t>(count, 1)));
  for (size_t i = 0; i < records.size(); ++i) {
    records[i].number = world->NextNumber();
    records[i].key = key < 0 ? -1 : (key + static_cast<int64_t>(i)) % 8;
    records[i].bytes = bytes;
    records[i].timestamp = world->now_ms() - age + static_cast<int64_t>(i);
  }
  return records;
}

std::string Encode(const ModelBatch& batch, int64_t codec) {
  RecordBatchOptions options;
  options.codec = static_cast<Codec>(codec);
  options.producer_id = ProducerId(batch.producer);
  options.producer_epoch = ProducerEpoch(batch.producer_epoch);
  options.base_sequence = Sequence(batch.sequence);
  options.is_transactional = batch.is_transactional;
  options.base_offset = Offset(batch.base);
  options.leader_epoch = LeaderEpoch(batch.epoch);
  RecordBatchBuilder builder(options);
  for (const ModelRecord& record : batch.records) {
    const std::string key = KeyOf(record);
    const std::string value = ValueOf(record);
    Record one;
    if (record.key >= 0) one.key = key;
    if (!record.is_tombstone) one.value = value;
    one.timestamp = Timestamp(record.timestamp);
    TM_CHECK(builder.Add(one).ok());
  }
  const absl::StatusOr<absl::Span<char>> bytes = builder.Finish();
  TM_CHECK(bytes.ok());
  return std::string(bytes->data(), bytes->size());
}

void Place(const LogModel& model, ModelBatch* batch) {
  batch->base = model.end();
  batch->last = batch->base + std::max<int64_t>(static_cast<int64_t>(batch->records.size()), 1) - 1;
}

// What an append has come to, but for a duplicate.
absl::Status Settle(World* world, Partition* one, ModelBatch batch,
                    const absl::StatusOr<AppendResult>& result, bool durable) {
  Place(one->model, &batch);
  if ((!result.ok() || world->died()) &&
      world->SettingOf("message.timestamp.type") == "LogAppendTime") {
    for (ModelRecord& record : batch.records) record.timestamp = world->now_ms();
  }
  if (world->died()) {
    one->model.MaybeAppended({batch});
    return absl::OkStatus();
  }
  if (!result.ok()) {
    if (one->is_unsettled) return absl::OkStatus();
    if (!one->is_fenced) TM_RETURN_IF_ERROR(world->Excuse("append", result.status()));
    if (absl::IsDataLoss(result.status())) one->is_fenced = true;
    // With flush.messages only the sync may have failed.
    if (absl::IsDataLoss(result.status()) &&
        one->log->offsets().log_end.value() == batch.last + 1) {
      one->model.Append(batch);
    } else {
      one->model.MaybeAppended({batch});
    }
    return world->CheckOffsets(one);
  }
  if (one->is_fenced || one->is_unsettled) {
    return Finding("append to a fenced log", absl::StrCat("at ", result->base_offset.value()));
  }
  if (result->base_offset.value() != batch.base || result->last_offset.value() != batch.last ||
      result->is_duplicate) {
    return Finding("other offsets given",
                   absl::StrCat(result->base_offset.value(), "-", result->last_offset.value(),
                                ", not ", batch.base, "-", batch.last));
  }
  if (result->log_append_time != kNoTimestamp) {
    for (ModelRecord& record : batch.records) record.timestamp = result->log_append_time.value();
  }
  one->leader_epoch = std::max(one->leader_epoch, batch.epoch);
  one->model.Append(batch);
  if (result->durability == Durability::kDurable) one->model.NoteDurable(batch.last + 1);
  if (!durable) return world->CheckOffsets(one);
  const absl::Status synced = one->log->Sync(Offset(batch.last + 1));
  if (!synced.ok()) {
    if (absl::IsDataLoss(synced)) one->is_fenced = true;
    return world->Excuse("sync", synced);
  }
  if (!world->died()) one->model.NoteDurable(batch.last + 1);
  return world->CheckOffsets(one);
}

bool Compacts(World* world) {
  return absl::StrContains(world->SettingOf("cleanup.policy"), "compact");
}

// Whether the settings refuse the batch, as it came or as it would be stored.
bool MayBeRefused(World* world, const ModelBatch& batch, const absl::Status& status) {
  if (!absl::IsInvalidArgument(status)) return false;
  const bool lacks_key = std::any_of(batch.records.begin(), batch.records.end(),
                                     [](const ModelRecord& record) { return record.key < 0; });
  if (lacks_key && Compacts(world)) return true;
  const bool sets_time = world->SettingOf("message.timestamp.type") == "LogAppendTime";
  const int64_t limit = world->now_ms() + 3'600'000;
  const bool too_new =
      std::any_of(batch.records.begin(), batch.records.end(),
                  [limit](const ModelRecord& record) { return record.timestamp > limit; });
  if (too_new && !sets_time) return true;
  // A codec may make it larger, too.
  const auto size_bytes = static_cast<int64_t>(Encode(batch, 0).size()) + 50;
  return size_bytes >
         std::min(world->NumberOf("max.message.bytes"), world->NumberOf("segment.bytes"));
}

}  // namespace

absl::Status DoAppend(World* world, const Operation& operation) {
  Partition& one = world->partition(operation["partition"]);
  ModelBatch batch;
  batch.epoch = one.leader_epoch;
  // Without a key only where that may be.
  const int64_t key = operation["nulls"] == 2 ? -1 : operation["key"];
  batch.records =
      MakeRecords(world, operation["records"], key, operation["bytes"], operation["age"]);
  if (operation["nulls"] == 1) batch.records.back().is_tombstone = true;
  std::string bytes = Encode(world->MaybeTamper(batch), operation["codec"]);
  AppendOptions options;
  options.leader_epoch = LeaderEpoch(batch.epoch);
  if (operation["nulls"] == 3 && one.leader_epoch > 0 && !one.is_unsettled) {
    // A leader that was replaced.
    options.leader_epoch = LeaderEpoch(one.leader_epoch - 1);
    const absl::StatusOr<AppendResult> result = one.log->Append(absl::MakeSpan(bytes), options);
    if (result.ok()) return Finding("append of an old leader", "was taken");
    return world->CheckOffsets(&one);
  }
  const absl::StatusOr<AppendResult> result = one.log->Append(absl::MakeSpan(bytes), options);
  if (MayBeRefused(world, batch, result.status())) return world->CheckOffsets(&one);
  return Settle(world, &one, std::move(batch), result, operation["durable"] != 0);
}

absl::Status DoProduce(World* world, const Operation& operation) {
  Partition& one = world->partition(operation["partition"]);
  const int64_t producer = 100 + operation["producer"];
  const ProducerFacts facts = FactsOf(one.model, producer);
  ModelBatch batch;
  batch.epoch = one.leader_epoch;
  batch.producer = producer;
  batch.is_transactional = operation["transactional"] != 0;
  batch.producer_epoch = static_cast<int16_t>(
      std::max<int64_t>(0, std::max<int16_t>(facts.epoch, 0) + operation["epoch_up"]));
  batch.records = MakeRecords(world, operation["records"], operation["key"], operation["bytes"], 0);
  batch.sequence = batch.producer_epoch == facts.epoch ? facts.last_sequence() + 1 : 0;
  const int64_t back = operation["back"];
  if (back < 0) batch.sequence += 3;
  if (back > 0 && !facts.batches.empty()) {
    // One that was there already, if it is still known.
    const size_t at =
        facts.batches.size() - std::min(facts.batches.size(), static_cast<size_t>(back));
    const ProducerFacts::Batch& kept = facts.batches[at];
    batch.sequence = kept.first_sequence;
    batch.records = MakeRecords(world, kept.last_sequence - kept.first_sequence + 1,
                                operation["key"], operation["bytes"], 0);
  }
  const Answers answers = AnswersTo(one.model, batch);
  std::string bytes = Encode(world->MaybeTamper(batch), 0);
  AppendOptions options;
  options.leader_epoch = LeaderEpoch(batch.epoch);
  const absl::StatusOr<AppendResult> result = one.log->Append(absl::MakeSpan(bytes), options);
  if (MayBeRefused(world, batch, result.status())) return world->CheckOffsets(&one);
  if (one.is_unsettled || one.is_fenced || world->died()) {
    return Settle(world, &one, std::move(batch), result, false);
  }
  if (result.ok() && result->is_duplicate) {
    if (!answers.duplicate_of.has_value() ||
        answers.duplicate_of->base != result->base_offset.value() ||
        answers.duplicate_of->last != result->last_offset.value()) {
      return Finding("other duplicate", absl::StrCat("of ", result->base_offset.value()));
    }
    return world->CheckOffsets(&one);
  }
  if (result.ok() && !answers.appended) {
    return Finding("producer not refused",
                   absl::StrCat(producer, ":", batch.producer_epoch, ":", batch.sequence, " at ",
                                result->base_offset.value()));
  }
  const absl::optional<ErrorCode> code = ErrorCodeOf(result.status());
  if (code.has_value() && !IsDiskFull(result.status())) {
    if (answers.refused.count(*code) > 0) return world->CheckOffsets(&one);
    return Finding("producer refused", result.status().ToString());
  }
  return Settle(world, &one, std::move(batch), result, operation["durable"] != 0);
}

absl::Status DoMarker(World* world, const Operation& operation) {
  Partition& one = world->partition(operation["partition"]);
  const int64_t producer = 100 + operation["producer"];
  const ProducerFacts facts = FactsOf(one.model, producer);
  ModelBatch batch;
  batch.epoch = one.leader_epoch;
  batch.producer = producer;
  batch.is_transactional = true;
  batch.is_marker = true;
  batch.is_commit = operation["commit"] != 0;
  batch.producer_epoch =
      static_cast<int16_t>(std::max<int16_t>(facts.epoch, 0) + operation["epoch_up"]);
  batch.coordinator_epoch = static_cast<int32_t>(
      std::max<int64_t>(0, std::max(facts.coordinator_epoch, 0) + operation["coordinator_up"]));
  const Answers answers = AnswersTo(one.model, batch);
  TransactionEnd end;
  end.producer_id = ProducerId(producer);
  end.producer_epoch = ProducerEpoch(batch.producer_epoch);
  end.is_commit = batch.is_commit;
  end.coordinator_epoch = batch.coordinator_epoch;
  AppendOptions options;
  options.leader_epoch = LeaderEpoch(batch.epoch);
  const absl::StatusOr<AppendResult> result = one.log->EndTransaction(end, options);
  if (one.is_unsettled || one.is_fenced || world->died()) {
    return Settle(world, &one, std::move(batch), result, false);
  }
  if (result.ok() && !answers.appended) {
    return Finding("marker not refused", absl::StrCat("at ", result->base_offset.value()));
  }
  const absl::optional<ErrorCode> code = ErrorCodeOf(result.status());
  if (code.has_value() && !IsDiskFull(result.status())) {
    if (answers.refused.count(*code) > 0) return world->CheckOffsets(&one);
    return Finding("marker refused", result.status().ToString());
  }
  return Settle(world, &one, std::move(batch), result, operation["durable"] != 0);
}

absl::Status DoFollow(World* world, const Operation& operation) {
  Partition& one = world->partition(operation["partition"]);
  if (one.is_unsettled) return absl::OkStatus();
  std::vector<ModelBatch> batches;
  std::string bytes;
  bool is_too_large = false;
  int64_t next = one.model.end();
  const int32_t epoch = one.leader_epoch + (operation["epoch_up"] != 0 ? 1 : 0);
  for (int64_t i = 0; i < std::max<int64_t>(operation["batches"], 1); ++i) {
    ModelBatch batch;
    batch.epoch = epoch;
    batch.records =
        MakeRecords(world, operation["records"], operation["key"] + i, operation["bytes"], 0);
    if (i > 0 && Compacts(world)) next += operation["gap"];
    batch.base = next;
    batch.last = next + static_cast<int64_t>(batch.records.size()) - 1;
    next = batch.last + 1;
    const std::string encoded = Encode(batch, 0);
    is_too_large |= static_cast<int64_t>(encoded.size()) > world->NumberOf("segment.bytes");
    bytes += encoded;
    batches.push_back(std::move(batch));
  }
  const absl::StatusOr<AppendResult> result = one.log->AppendAsFollower(bytes);
  if (world->died()) {
    one.model.MaybeAppended(std::move(batches));
    return absl::OkStatus();
  }
  const int64_t end = one.log->offsets().log_end.value();
  if (!result.ok()) {
    if (absl::IsInvalidArgument(result.status()) && is_too_large) return world->CheckOffsets(&one);
    TM_RETURN_IF_ERROR(world->Excuse("follower append", result.status()));
  } else if (one.is_fenced || end != next) {
    return Finding("other end", absl::StrCat("of a follower: ", end, ", not ", next));
  }
  std::vector<ModelBatch> rest;
  for (ModelBatch& batch : batches) {
    if (batch.last < end) {
      one.leader_epoch = std::max(one.leader_epoch, epoch);
      one.model.Append(batch);
    } else {
      rest.push_back(std::move(batch));
    }
  }
  if (!rest.empty()) one.model.MaybeAppended(std::move(rest));
  return world->CheckOffsets(&one);
}

}  // namespace tidemark
