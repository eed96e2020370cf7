#include "storage/compaction/test_history.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"

namespace tidemark {
namespace {

std::string TextOf(const absl::optional<std::string>& bytes) { return bytes.value_or("null"); }

std::string LineOf(const ModelBatch& batch) {
  std::string line =
      absl::StrCat("[", batch.base_offset, "-", batch.last_offset, "] producer ", batch.producer_id,
                   " sequence ", batch.base_sequence, batch.is_marker ? " marker" : "");
  if (batch.delete_horizon.has_value()) {
    absl::StrAppend(&line, " horizon ", batch.delete_horizon->value());
  }
  for (const ModelRecord& record : batch.records) {
    absl::StrAppend(&line, " ", record.offset);
    if (!batch.is_marker) {
      absl::StrAppend(&line, ":", TextOf(record.key), "=", TextOf(record.value));
    }
  }
  return line;
}

absl::optional<std::string> CopyOf(const absl::optional<absl::string_view>& bytes) {
  if (!bytes.has_value()) return absl::nullopt;
  return std::string(*bytes);
}

ModelBatch ReadAsModel(const RecordBatchView& batch) {
  ModelBatch result;
  result.base_offset = batch.base_offset().value();
  result.last_offset = batch.last_offset().value();
  result.producer_id = batch.producer_id().value();
  result.base_sequence = batch.base_sequence().value();
  result.is_marker = batch.is_control();
  result.delete_horizon = batch.delete_horizon();
  absl::StatusOr<RecordReader> reader = RecordReader::Open(batch);
  TM_CHECK(reader.ok());
  RecordView record;
  while (true) {
    const absl::StatusOr<bool> has_record = reader->Next(&record);
    TM_CHECK(has_record.ok());
    if (!*has_record) return result;
    result.records.push_back({record.offset.value(), CopyOf(record.key), CopyOf(record.value)});
  }
}

}  // namespace

std::vector<std::string> DescribeAsModel(absl::string_view bytes) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const RecordBatchView batch = ParseTestBatch(bytes);
    bytes.remove_prefix(batch.bytes().size());
    lines.push_back(LineOf(ReadAsModel(batch)));
  }
  return lines;
}

std::vector<std::string> ModelLog::Describe() const {
  std::vector<std::string> lines;
  for (const ModelBatch& batch : batches) lines.push_back(LineOf(batch));
  return lines;
}

std::map<std::string, std::string> ModelLog::View() const {
  std::map<std::string, std::string> view;
  for (const ModelBatch& batch : batches) {
    if (batch.is_marker || IsAborted(batch) || open.count(batch.transaction) > 0) continue;
    for (const ModelRecord& record : batch.records) {
      if (!record.key.has_value()) continue;
      if (record.value.has_value()) {
        view[*record.key] = *record.value;
      } else {
        view.erase(*record.key);
      }
    }
  }
  return view;
}

std::map<std::string, int64_t> ModelLog::LatestOffsets(const Pass& pass, Offset* end) const {
  std::map<std::string, int64_t> latest;
  for (const ModelBatch& batch : batches) {
    if (batch.base_offset >= pass.first_uncleanable.value()) break;
    if (batch.last_offset < pass.first_dirty.value()) continue;
    // Offsets at the end of a segment that nobody has any more are passed over, too.
    const auto next_base =
        std::upper_bound(pass.segment_bases.begin(), pass.segment_bases.end(), batch.base_offset);
    *end = std::max(*end, Offset(*(next_base - 1)));
    for (const ModelRecord& record : batch.records) {
      if (batch.is_marker || IsAborted(batch)) break;
      if (!record.key.has_value() || record.offset < pass.first_dirty.value()) continue;
      if (latest.count(*record.key) == 0 && static_cast<int64_t>(latest.size()) == pass.keys_max) {
        return latest;
      }
      latest[*record.key] = record.offset;
      *end = Offset(record.offset + 1);
    }
    *end = std::max(*end, Offset(batch.last_offset + 1));
  }
  *end = pass.first_uncleanable;
  return latest;
}

Offset ModelLog::Compact(const Pass& pass) {
  Offset end = pass.first_dirty;
  const std::map<std::string, int64_t> latest = LatestOffsets(pass, &end);
  std::set<int> with_data;
  for (const ModelBatch& batch : batches) {
    if (!batch.is_marker) with_data.insert(batch.transaction);
  }
  // Segments are rewritten as a whole, from the first to the one where the looking ended.
  const auto rewritten_end =
      std::lower_bound(pass.segment_bases.begin(), pass.segment_bases.end(), end.value());
  TM_CHECK(rewritten_end != pass.segment_bases.end());
  std::vector<ModelBatch> left;
  for (ModelBatch& batch : batches) {
    if (batch.base_offset >= *rewritten_end || CompactBatch(pass, latest, end, with_data, &batch)) {
      left.push_back(std::move(batch));
    }
  }
  batches = std::move(left);
  return end;
}

bool ModelLog::CompactBatch(const Pass& pass, const std::map<std::string, int64_t>& latest,
                            Offset end, const std::set<int>& with_data, ModelBatch* batch) const {
  const bool horizon_passed =
      batch->delete_horizon.has_value() && *batch->delete_horizon <= pass.now;
  bool needs_horizon = false;
  if (batch->is_marker) {
    const bool is_spent = batch->records.empty() || with_data.count(batch->transaction) == 0;
    if (is_spent && horizon_passed) batch->records.clear();
    needs_horizon = is_spent;
  } else {
    std::erase_if(batch->records, [&](const ModelRecord& record) {
      if (IsAborted(*batch)) return true;
      if (record.offset >= end.value()) return false;
      if (!record.key.has_value()) return true;
      const auto found = latest.find(*record.key);
      if (found != latest.end() && found->second > record.offset) return true;
      return !record.value.has_value() && horizon_passed;
    });
    needs_horizon =
        std::any_of(batch->records.begin(), batch->records.end(),
                    [](const ModelRecord& record) { return !record.value.has_value(); });
  }
  if (batch->records.empty()) {
    batch->delete_horizon.reset();
    const auto producer = pass.producers.find(ProducerId(batch->producer_id));
    const bool is_last_of_producer =
        producer != pass.producers.end() &&
        (producer->second.last_data_offset.has_value()
             ? producer->second.last_data_offset->value() == batch->last_offset
             : batch->is_marker);
    return is_last_of_producer || batch->last_offset + 1 == pass.first_uncleanable.value();
  }
  if (needs_horizon && !batch->delete_horizon.has_value()) {
    batch->delete_horizon = pass.delete_horizon;
  }
  return true;
}

void RandomHistory::Step() {
  if (!open_.empty() && Draw(4) == 0) {
    auto transaction = open_.begin();
    std::advance(transaction, static_cast<ptrdiff_t>(Draw(open_.size())));
    End(transaction->first, Draw(2) == 0);
  } else if (Draw(30) == 0) {
    End(200 + static_cast<int64_t>(Draw(3)), Draw(2) == 0);  // Of a transaction without data here.
  } else {
    AppendData();
  }
  if (Draw(25) == 0 && !producers.empty()) producers.erase(producers.begin());
}

void RandomHistory::EndAll() {
  while (!open_.empty()) End(open_.begin()->first, Draw(2) == 0);
}

RecordBatchOptions RandomHistory::DrawOptions(ModelBatch* batch) {
  RecordBatchOptions options;
  options.codec = static_cast<Codec>(Draw(8) == 0 ? Draw(5) : 0);
  options.base_offset = Offset(log_end_);
  const uint64_t kind = Draw(3);
  if (kind == 0) return options;
  batch->producer_id = static_cast<int64_t>(kind * 100 + Draw(3));
  batch->base_sequence = next_sequences_[batch->producer_id];
  options.producer_id = ProducerId(batch->producer_id);
  options.producer_epoch = ProducerEpoch(0);
  options.base_sequence = Sequence(batch->base_sequence);
  if (kind == 1) return options;
  options.is_transactional = true;
  const auto [transaction, is_new] = open_.try_emplace(batch->producer_id);
  if (is_new) {
    transaction->second = {transaction_count_++, log_end_};
    model_->open.insert(transaction->second.number);
  }
  batch->transaction = transaction->second.number;
  return options;
}

void RandomHistory::AppendData() {
  ModelBatch batch;
  const RecordBatchOptions options = DrawOptions(&batch);
  std::vector<TestRecord> records;
  batch.base_offset = log_end_;
  for (uint64_t left = 1 + Draw(4); left > 0; --left) {
    TestRecord record;
    if (Draw(12) != 0) record.key = std::string(1, static_cast<char>('a' + Draw(8)));
    if (Draw(4) != 0) record.value = absl::StrCat("v", log_end_);
    records.push_back(record);
    batch.records.push_back({log_end_, record.key, record.value});
    ++log_end_;
  }
  batch.last_offset = log_end_ - 1;
  if (batch.producer_id >= 0) {
    next_sequences_[batch.producer_id] += static_cast<int32_t>(records.size());
    producers[ProducerId(batch.producer_id)] = {Offset(batch.last_offset), ProducerEpoch(0)};
  }
  model_->batches.push_back(batch);
  append_(MakeTestBatch(records, options));
}

void RandomHistory::End(int64_t producer_id, bool is_commit) {
  const ControlRecordType type = is_commit ? ControlRecordType::kCommit : ControlRecordType::kAbort;
  ModelBatch batch;
  batch.base_offset = batch.last_offset = log_end_;
  batch.producer_id = producer_id;
  batch.is_marker = true;
  batch.records.push_back({log_end_, absl::nullopt, absl::nullopt});
  batch.transaction = transaction_count_;  // Of none that has data, unless one is open.
  const auto transaction = open_.find(producer_id);
  if (transaction == open_.end()) {
    ++transaction_count_;
  } else {
    batch.transaction = transaction->second.number;
    model_->open.erase(batch.transaction);
    if (!is_commit) model_->aborted.insert(batch.transaction);
  }
  const Offset stable_before = last_stable();
  if (transaction != open_.end()) {
    const int64_t first_offset = transaction->second.first_offset;
    open_.erase(transaction);
    if (!is_commit) {
      aborted_.push_back({TransactionIndexEntry::kVersion, ProducerId(producer_id),
                          Offset(first_offset), Offset(log_end_), stable_before});
    }
  }
  producers.try_emplace(ProducerId(producer_id),
                        LastProducerRecord{absl::nullopt, ProducerEpoch(0)});
  model_->batches.push_back(batch);
  append_(MakeTestMarker(log_end_, producer_id, type));
  ++log_end_;
}

Offset RandomHistory::last_stable() const {
  int64_t stable = log_end_;
  for (const auto& [producer_id, transaction] : open_) {
    stable = std::min(stable, transaction.first_offset);
  }
  return Offset(stable);
}

std::vector<TransactionIndexEntry> RandomHistory::TakeAborted() {
  return std::exchange(aborted_, {});
}

}  // namespace tidemark
