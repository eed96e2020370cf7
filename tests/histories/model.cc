#include "tests/histories/model.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

template <typename... Parts>
absl::Status Finding(absl::string_view what, const Parts&... parts) {
  return absl::InternalError(absl::StrCat(what, ": ", parts...));
}

absl::Status CheckRecord(const ModelRecord& record, int64_t offset, const RecordView& found) {
  const absl::optional<std::string> key =
      record.key < 0 ? absl::nullopt : absl::make_optional(KeyOf(record));
  const absl::optional<std::string> value =
      record.is_tombstone ? absl::nullopt : absl::make_optional(ValueOf(record));
  const bool same_key = key.has_value() == found.key.has_value() && (!key || *key == *found.key);
  const bool same_value =
      value.has_value() == found.value.has_value() && (!value || *value == *found.value);
  if (!same_key || !same_value) {
    return Finding("other record", "at ", offset, " where record ", record.number,
                   " was appended, with value ", found.value.value_or("null"));
  }
  if (record.timestamp != found.timestamp.value()) {
    return Finding("other timestamp", "at ", offset, " ", found.timestamp.value(), ", not ",
                   record.timestamp);
  }
  return absl::OkStatus();
}

}  // namespace

std::string KeyOf(const ModelRecord& record) { return absl::StrCat("k", record.key); }

std::string ValueOf(const ModelRecord& record) {
  std::string value = absl::StrCat("n", record.number, ":");
  for (int64_t i = 0; i < record.bytes; ++i) {
    value.push_back(static_cast<char>('a' + (record.number * 7 + i * i) % 26));
  }
  return value;
}

std::vector<Outcome> LogModel::Outcomes() const {
  std::vector<Outcome> outcomes(batches_.size(), Outcome::kNone);
  std::map<int64_t, std::vector<size_t>> open;
  for (size_t i = 0; i < batches_.size(); ++i) {
    const ModelBatch& batch = batches_[i];
    if (batch.is_marker) {
      for (const size_t of : open[batch.producer]) {
        outcomes[of] = batch.is_commit ? Outcome::kCommitted : Outcome::kAborted;
      }
      open[batch.producer].clear();
    } else if (batch.is_transactional) {
      outcomes[i] = Outcome::kOpen;
      open[batch.producer].push_back(i);
    }
  }
  return outcomes;
}

int64_t LogModel::BatchEndBelow(int64_t offset) const {
  int64_t end = start_;
  for (const ModelBatch& batch : batches_) {
    if (batch.last < offset) end = std::max(end, batch.last + 1);
  }
  return end;
}

bool LogModel::MayBeForgotten(const ModelBatch& batch) const {
  if (batch.last >= reloaded_at_) return false;
  return batch.last < *starts_when_reloaded_.rbegin() ||
         std::all_of(batch.records.begin(), batch.records.end(),
                     [](const ModelRecord& record) { return record.may_be_gone; });
}

bool LogModel::IsGone(const ModelBatch& batch) {
  return batch.may_be_gone &&
         std::all_of(batch.records.begin(), batch.records.end(),
                     [](const ModelRecord& record) { return record.may_be_gone; });
}

std::vector<int64_t> LogModel::LastStables(int64_t high_watermark) const {
  std::vector<int64_t> stables;
  const auto add = [&](int64_t offset) {
    stables.push_back(std::max(start_, std::min(high_watermark, offset)));
  };
  const std::vector<Outcome> outcomes = Outcomes();
  // Of a transaction whose marker is not replicated all batches may still count.
  std::set<int64_t> unreplicated;
  for (const ModelBatch& batch : batches_) {
    if (batch.is_marker && batch.last >= high_watermark) unreplicated.insert(batch.producer);
  }
  for (size_t i = 0; i < batches_.size(); ++i) {
    const ModelBatch& batch = batches_[i];
    if (outcomes[i] == Outcome::kNone) continue;
    if (outcomes[i] == Outcome::kOpen) {
      add(batch.base);
      if (!MayBeForgotten(batch)) return stables;
    } else if (unreplicated.count(batch.producer) > 0) {
      add(batch.base);
    }
  }
  add(end_);
  return stables;
}

void LogModel::Append(const ModelBatch& batch) {
  batches_.push_back(batch);
  end_ = batch.last + 1;
  end_may_fall_ = false;
  for (Ghost& ghost : ghosts_) ghost.is_overwritten = true;
}

void LogModel::NoteDurable(int64_t offset) {
  durable_end_ = std::max(durable_end_, offset);
  ghosts_.erase(std::remove_if(ghosts_.begin(), ghosts_.end(),
                               [offset](const Ghost& ghost) { return ghost.base < offset; }),
                ghosts_.end());
}

void LogModel::Cut(int64_t end) {
  while (!batches_.empty() && batches_.back().last >= end) batches_.pop_back();
  end_ = end;
  durable_end_ = std::min(durable_end_, end);
  if (process_floor_ >= end) process_floor_ = kNever;
}

absl::Status LogModel::Truncate(int64_t offset, int64_t found) {
  if (offset >= end_) return absl::OkStatus();
  int64_t end = offset;
  for (const ModelBatch& batch : batches_) {
    if (batch.last < offset) continue;
    end = std::clamp(batch.base, start_, offset);
    break;
  }
  // Where compaction has taken batches, the log ends behind one that is left.
  if (found != end &&
      (found > offset || !CheckGone(std::min(found, end), std::max(found, end)).ok())) {
    return Finding("other end of a truncation", found, ", not ", end, " to ", offset);
  }
  Cut(found);
  ghosts_.clear();
  reloaded_at_ = end_;
  starts_when_reloaded_.insert(start_);
  return absl::OkStatus();
}

void LogModel::MaybeTruncated(int64_t offset) {
  int64_t floor = offset;
  for (const ModelBatch& batch : batches_) {
    if (batch.last < offset) continue;
    floor = std::min(floor, batch.base);
    break;
  }
  floor = std::max(floor, start_);
  end_may_fall_ = true;
  durable_end_ = std::min(durable_end_, floor);
  process_floor_ = std::min(process_floor_, floor);
}

void LogModel::StartAt(int64_t offset) {
  *this = LogModel();
  start_ = end_ = durable_end_ = durable_start_ = process_start_ = start_max_ = offset;
  reloaded_at_ = offset;
  starts_when_reloaded_.insert(offset);
}

void LogModel::MaybeStartedAt(int64_t offset) {
  maybe_starts_anew_.push_back(offset);
  MaybeTruncated(start_);
}

void LogModel::MoveStart(int64_t offset, Kept kept) {
  start_ = std::max(start_, offset);
  start_max_ = std::max(start_, start_max_);
  if (kept != Kept::kNothing) process_start_ = std::max(process_start_, offset);
  if (kept == Kept::kPower) durable_start_ = std::max(durable_start_, offset);
}

void LogModel::MayBeCompacted(int64_t bound, int64_t from_ms, int64_t to_ms,
                              int64_t delete_retention_ms) {
  const std::vector<Outcome> outcomes = Outcomes();
  // The last batch of each producer stays, if only as an empty one.
  std::map<int64_t, int16_t> epochs;
  for (const ModelBatch& batch : batches_) epochs[batch.producer] = batch.producer_epoch;
  std::set<int64_t> followed;
  std::set<int64_t> later;
  for (size_t i = batches_.size(); i-- > 0;) {
    ModelBatch& batch = batches_[i];
    const bool is_last = !batch.is_marker && batch.producer >= 0 &&
                         batch.producer_epoch == epochs[batch.producer] &&
                         followed.insert(batch.producer).second;
    if (batch.last >= bound) continue;
    batch.may_be_gone |= !is_last;
    for (size_t j = batch.records.size(); j-- > 0;) {
      ModelRecord& record = batch.records[j];
      if (outcomes[i] == Outcome::kAborted || record.key < 0 || later.count(record.key) > 0) {
        record.may_be_gone = true;
      }
      if (outcomes[i] == Outcome::kAborted || outcomes[i] == Outcome::kOpen) continue;
      if (record.key >= 0) later.insert(record.key);
      if (!record.is_tombstone) continue;
      record.horizon_ms = std::min(record.horizon_ms, from_ms + delete_retention_ms);
      if (record.horizon_ms <= to_ms) record.may_be_gone = true;
    }
  }
}

void LogModel::IsCompacted(int64_t until) {
  const std::vector<Outcome> outcomes = Outcomes();
  std::set<int64_t> later;
  for (size_t i = batches_.size(); i-- > 0;) {
    ModelBatch& batch = batches_[i];
    if (batch.last >= until || batch.is_transactional) continue;
    for (size_t j = batch.records.size(); j-- > 0;) {
      ModelRecord& record = batch.records[j];
      if (record.key >= 0 && !later.insert(record.key).second) record.must_be_gone = true;
    }
  }
}

void LogModel::ForgetCompacted() {
  for (ModelBatch& batch : batches_) {
    for (ModelRecord& record : batch.records) record.must_be_gone = false;
  }
}

absl::Status LogModel::CheckBatch(const ModelBatch& batch, const RecordBatchView& found) const {
  if (batch.base != found.base_offset().value() || batch.last != found.last_offset().value() ||
      batch.epoch != found.leader_epoch().value() ||
      batch.producer != found.producer_id().value() ||
      batch.is_transactional != found.is_transactional() || batch.is_marker != found.is_control() ||
      (batch.producer >= 0 && (batch.producer_epoch != found.producer_epoch().value() ||
                               batch.sequence != found.base_sequence().value()))) {
    return Finding("other batch", found.base_offset().value(), "-", found.last_offset().value(),
                   " of epoch ", found.leader_epoch().value(), ", producer ",
                   found.producer_id().value(), ":", found.producer_epoch().value(), ":",
                   found.base_sequence().value(), " where ", batch.base, "-", batch.last,
                   " of epoch ", batch.epoch, ", producer ", batch.producer, ":",
                   batch.producer_epoch, ":", batch.sequence, " was appended");
  }
  if (batch.is_marker) return absl::OkStatus();
  TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(found));
  size_t next = 0;
  RecordView record;
  for (;;) {
    TM_ASSIGN_OR_RETURN(const bool more, reader.Next(&record));
    const size_t at =
        more ? static_cast<size_t>(record.offset.value() - batch.base) : batch.records.size();
    for (; next < at; ++next) {
      if (batch.records[next].may_be_gone) continue;
      return Finding("record missing", batch.base + static_cast<int64_t>(next));
    }
    if (!more) return absl::OkStatus();
    TM_RETURN_IF_ERROR(CheckRecord(batch.records[at], record.offset.value(), record));
    if (batch.records[at].must_be_gone) {
      return Finding("superseded record still there", record.offset.value());
    }
    next = at + 1;
  }
}

absl::Status LogModel::CheckGone(int64_t from, int64_t until) const {
  for (const ModelBatch& batch : batches_) {
    if (batch.last < from || batch.base >= until) continue;
    if (batch.producer >= 0 && batch.base >= from && batch.last < until && !batch.may_be_gone) {
      return Finding(batch.is_marker ? "marker missing" : "last batch of its producer missing",
                     batch.base);
    }
    for (size_t i = 0; i < batch.records.size(); ++i) {
      const int64_t offset = batch.base + static_cast<int64_t>(i);
      if (offset < from || offset >= until || batch.records[i].may_be_gone) continue;
      return Finding("record missing", offset);
    }
  }
  return absl::OkStatus();
}

absl::Status LogModel::Check(int64_t from, absl::string_view bytes, int64_t* next) const {
  *next = from;
  size_t at = 0;
  while (at < batches_.size() && batches_[at].last < from) ++at;
  while (!bytes.empty()) {
    TM_ASSIGN_OR_RETURN(const RecordBatchView found, RecordBatchView::Parse(bytes));
    TM_RETURN_IF_ERROR(found.VerifyCrc());
    const int64_t base = found.base_offset().value();
    if (base > *next) TM_RETURN_IF_ERROR(CheckGone(*next, base));
    while (at < batches_.size() && batches_[at].base < base) ++at;
    if (at == batches_.size()) return Finding("invented batch", base);
    TM_RETURN_IF_ERROR(CheckBatch(batches_[at], found));
    *next = found.next_offset().value();
    bytes.remove_prefix(found.bytes().size());
  }
  return absl::OkStatus();
}

absl::Status LogModel::CheckEnd(Ending ending, int64_t found) const {
  int64_t floor = end_;
  if (ending == Ending::kPower) floor = durable_end_;
  if (ending == Ending::kProcess) floor = std::min(end_, process_floor_);
  if (found < floor && !(end_may_fall_ && CheckGone(found, floor).ok())) {
    return Finding("records lost", "the log ends at ", found, ", at least ", floor,
                   " was to stay of ", end_);
  }
  if (found >= end_ || found <= start_ || batches_.empty()) return absl::OkStatus();
  for (const ModelBatch& batch : batches_) {
    if (found > batch.base && found <= batch.last) {
      return Finding("batch torn", "the log ends at ", found, " within ", batch.base);
    }
  }
  return absl::OkStatus();
}

absl::Status LogModel::CheckStart(Ending ending, int64_t found) const {
  const int64_t floor = ending == Ending::kPower ? durable_start_ : process_start_;
  if (found < floor || found > start_max_) {
    return Finding("other log start", found, ", not between ", floor, " and ", start_max_);
  }
  return absl::OkStatus();
}

void LogModel::Settle(const LogModel& before, Ending ending) {
  ghosts_.clear();
  if (ending != Ending::kClosed) {
    // What was found missing now may be there after the next power loss, until something that is
    // appended in its place is durable.
    ghosts_ = before.ghosts_;
    Ghost cut{end_, {}, true};
    for (const ModelBatch& batch : before.batches_) {
      if (batch.base >= end_) cut.batches.push_back(batch);
    }
    if (!cut.batches.empty()) ghosts_.push_back(std::move(cut));
    for (Ghost& ghost : ghosts_) ghost.is_overwritten = true;
  }
  maybe_starts_anew_.clear();
  process_floor_ = kNever;
  end_may_fall_ = false;
  durable_end_ = std::clamp(durable_end_, std::min(start_, end_), end_);
  start_max_ = start_;
  process_start_ = start_;
  reloaded_at_ = end_;
  starts_when_reloaded_.insert(start_);
}

std::vector<LogModel> LogModel::Candidates(Ending ending, int64_t end) const {
  std::vector<LogModel> candidates;
  if (end <= end_) {
    candidates.push_back(*this);
    candidates.back().Cut(end);
  }
  for (const Ghost& ghost : ghosts_) {
    if (ghost.is_overwritten && ending != Ending::kPower) continue;
    LogModel other = *this;
    // Where offsets may be missing, a segment that was made for one of them may be all that came.
    for (const ModelBatch& batch : ghost.batches) {
      if (batch.base != end || end <= end_) continue;
      candidates.push_back(*this);
      candidates.back().end_ = end;
    }
    other.Cut(std::min(ghost.base, end_));
    for (const ModelBatch& batch : ghost.batches) {
      // Its segment may have been made, and the batch not written.
      if (batch.base == end) other.end_ = end;
      if (other.end_ < end) other.Append(batch);
    }
    if (other.end_ == end) candidates.push_back(std::move(other));
  }
  return candidates;
}

absl::Status LogModel::Reconcile(Ending ending, const LogOffsets& found,
                                 const std::function<absl::StatusOr<std::string>(int64_t)>& read) {
  const int64_t end = found.log_end.value();
  const int64_t start = found.log_start.value();
  if (start == end && std::count(maybe_starts_anew_.begin(), maybe_starts_anew_.end(), end) > 0) {
    StartAt(end);
    return absl::OkStatus();
  }
  TM_RETURN_IF_ERROR(CheckStart(ending, start));
  TM_RETURN_IF_ERROR(CheckEnd(ending, end));
  TM_ASSIGN_OR_RETURN(const std::string bytes, read(start));
  absl::Status status =
      Finding("records invented", "the log ends at ", end, ", not at most at ", end_);
  for (LogModel& candidate : Candidates(ending, end)) {
    int64_t next = 0;
    candidate.start_ = start;
    status = candidate.Check(start, bytes, &next);
    if (status.ok()) status = candidate.CheckGone(next, end);
    if (!status.ok()) continue;
    candidate.Settle(*this, ending);
    *this = std::move(candidate);
    return absl::OkStatus();
  }
  return status;
}

}  // namespace tidemark
