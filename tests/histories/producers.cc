#include "tests/histories/producers.h"

namespace tidemark {
namespace {

constexpr size_t kBatchesKept = 5;

void AddBatch(const ModelBatch& batch, ProducerFacts* facts) {
  const int32_t last = batch.sequence + static_cast<int32_t>(batch.records.size()) - 1;
  if (facts->batches.size() == kBatchesKept) facts->batches.erase(facts->batches.begin());
  facts->batches.push_back({batch.sequence, last, batch.base, batch.last});
  if (batch.is_transactional && !facts->transaction_first.has_value()) {
    facts->transaction_first = batch.base;
  }
}

// From batches that end at or above `from`, and that compaction cannot have taken.
ProducerFacts FactsFrom(const LogModel& model, int64_t producer, int64_t from, bool without_gone) {
  ProducerFacts facts;
  for (const ModelBatch& batch : model.batches()) {
    if (batch.producer != producer || batch.last < from) continue;
    if (without_gone && batch.last < model.reloaded_at() && model.IsGone(batch)) continue;
    facts.is_known = true;
    if (batch.producer_epoch != facts.epoch) facts.batches.clear();
    facts.epoch = batch.producer_epoch;
    if (batch.is_marker) {
      facts.coordinator_epoch = batch.coordinator_epoch;
      facts.transaction_first.reset();
    } else {
      AddBatch(batch, &facts);
    }
  }
  for (size_t i = 0; i + 1 < facts.batches.size(); ++i) {
    const bool is_last_of_reload = facts.batches[i + 1].last >= model.reloaded_at();
    facts.batches[i].may_be_forgotten =
        facts.batches[i].last < model.reloaded_at() && !is_last_of_reload;
  }
  return facts;
}

void AddAnswers(const ProducerFacts& facts, const ModelBatch& batch, Answers* answers) {
  if (!facts.is_known) {
    answers->appended = true;
    return;
  }
  if (batch.producer_epoch < facts.epoch) {
    answers->refused.insert(ErrorCode::kInvalidProducerEpoch);
    return;
  }
  if (batch.is_marker) {
    if (batch.coordinator_epoch < facts.coordinator_epoch) {
      answers->refused.insert(ErrorCode::kTransactionCoordinatorFenced);
    } else {
      answers->appended = true;
    }
    return;
  }
  const int32_t last = batch.sequence + static_cast<int32_t>(batch.records.size()) - 1;
  for (const ProducerFacts::Batch& kept : facts.batches) {
    if (batch.producer_epoch != facts.epoch) break;
    if (kept.first_sequence != batch.sequence || kept.last_sequence != last) continue;
    answers->duplicate_of = kept;
    if (!kept.may_be_forgotten) return;
  }
  const bool is_new = batch.producer_epoch != facts.epoch;
  const int32_t due = is_new || facts.batches.empty() ? 0 : facts.last_sequence() + 1;
  if (batch.sequence != due) {
    answers->refused.insert(ErrorCode::kOutOfOrderSequenceNumber);
  } else if (facts.transaction_first.has_value() && !batch.is_transactional) {
    answers->refused.insert(ErrorCode::kInvalidTransactionState);
  } else {
    answers->appended = true;
  }
}

}  // namespace

ProducerFacts FactsOf(const LogModel& model, int64_t producer) {
  return FactsFrom(model, producer, 0, false);
}

Answers AnswersTo(const LogModel& model, const ModelBatch& batch) {
  Answers answers;
  // What was deleted or compacted before an opening may be forgotten, or not.
  for (const int64_t from : model.starts_when_reloaded()) {
    for (const bool without_gone : {false, true}) {
      AddAnswers(FactsFrom(model, batch.producer, from, without_gone), batch, &answers);
    }
  }
  return answers;
}

}  // namespace tidemark
