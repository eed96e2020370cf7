#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "tests/histories/steps.h"

namespace tidemark {
namespace {

absl::Status Finding(absl::string_view what, absl::string_view detail) {
  return absl::InternalError(absl::StrCat(what, ": ", detail));
}

// One read in the way that `how` says. The bytes of a file range are those of its file.
absl::StatusOr<ReadInfo> ReadOnce(ReplicaLog* log, int64_t how, Offset offset,
                                  const ReadOptions& options, std::string* bytes) {
  if (how == 0) return log->Read(offset, options, bytes);
  if (how == 1) {
    TM_ASSIGN_OR_RETURN(const LogView view, log->View(offset, options));
    *bytes = std::string(view.bytes);
    return view.info;
  }
  TM_ASSIGN_OR_RETURN(const LogFileRange range, log->FileRange(offset, options));
  bytes->resize(static_cast<size_t>(range.length_bytes));
  if (range.file != nullptr) {
    TM_ASSIGN_OR_RETURN(const int64_t read,
                        range.file->Read(range.position, absl::MakeSpan(*bytes)));
    if (read != range.length_bytes) return Finding("file range too long", absl::StrCat(read));
  }
  return range.info;
}

// The records of one read that are committed, as a consumer finds them.
absl::Status CheckCommitted(const LogModel& model, const ReadInfo& info, absl::string_view bytes) {
  std::map<int64_t, Outcome> outcome_of;
  const std::vector<Outcome> outcomes = model.Outcomes();
  for (size_t i = 0; i < outcomes.size(); ++i) outcome_of[model.batches()[i].base] = outcomes[i];
  std::vector<AbortedTransaction> aborted = info.aborted_transactions;
  std::set<int64_t> aborting;
  while (!bytes.empty()) {
    TM_ASSIGN_OR_RETURN(const RecordBatchView batch, RecordBatchView::Parse(bytes));
    while (!aborted.empty() && aborted.front().first_offset <= batch.last_offset()) {
      aborting.insert(aborted.front().producer_id.value());
      aborted.erase(aborted.begin());
    }
    const bool is_hidden = batch.is_transactional() && !batch.is_control() &&
                           aborting.count(batch.producer_id().value()) > 0;
    const auto outcome = outcome_of.find(batch.base_offset().value());
    const bool is_aborted = outcome != outcome_of.end() && outcome->second == Outcome::kAborted;
    if (is_hidden != is_aborted && !batch.is_control() && batch.record_count() > 0) {
      return Finding(is_hidden ? "committed record hidden" : "aborted record shown",
                     absl::StrCat(batch.base_offset().value()));
    }
    if (outcome != outcome_of.end() && outcome->second == Outcome::kOpen) {
      return Finding("open record shown", absl::StrCat(batch.base_offset().value()));
    }
    if (batch.is_control()) aborting.erase(batch.producer_id().value());
    bytes.remove_prefix(batch.bytes().size());
  }
  return absl::OkStatus();
}

int64_t Between(int64_t from, int64_t until, int64_t permille) {
  return from + (until - from) * permille / 1000;
}

}  // namespace

absl::Status DoRead(World* world, const Operation& operation) {
  Partition& one = world->partition(operation["partition"]);
  if (one.is_unsettled) return absl::OkStatus();
  const LogModel& model = one.model;
  const int64_t from = Between(model.start(), model.end(), operation["permille"]);
  const bool committed = operation["committed"] != 0;
  ReadOptions options;
  options.bytes_max = std::max<int64_t>(operation["bytes_max"], 1);
  if (committed) options.isolation = IsolationLevel::kReadCommitted;
  if (model.sync_failed()) options.end_offset = Offset(model.durable_end());
  std::string bytes;
  const int64_t end =
      committed ? model.BatchEndBelow(one.log->offsets().last_stable.value()) : model.end();
  for (int64_t next = from; next < end;) {
    const absl::StatusOr<ReadInfo> info =
        ReadOnce(one.log.get(), operation["how"], Offset(next), options, &bytes);
    if (!info.ok()) return world->Excuse("read", info.status());
    if (bytes.empty()) {
      if (model.sync_failed()) return absl::OkStatus();
      TM_RETURN_IF_ERROR(model.CheckGone(next, end));
      break;
    }
    const int64_t before = next;
    TM_RETURN_IF_ERROR(model.Check(before, bytes, &next));
    if (info->next_offset.value() != next || next <= before) {
      return Finding("other next offset", absl::StrCat(info->next_offset.value()));
    }
    if (!committed) continue;
    if (next > one.log->offsets().last_stable.value())
      return Finding("unstable batch read", absl::StrCat(next));
    TM_RETURN_IF_ERROR(CheckCommitted(model, *info, bytes));
  }
  const absl::StatusOr<ReadInfo> beyond =
      one.log->Read(Offset(model.end() + 1), ReadOptions(), &bytes);
  if (beyond.ok()) return Finding("read behind the end", absl::StrCat(model.end() + 1));
  if (model.start() > 0 && one.log->Read(Offset(model.start() - 1), ReadOptions(), &bytes).ok()) {
    return Finding("read below the start", absl::StrCat(model.start() - 1));
  }
  return world->CheckOffsets(&one);
}

absl::Status DoFind(World* world, const Operation& operation) {
  Partition& one = world->partition(operation["partition"]);
  if (one.is_unsettled || one.model.sync_failed()) return absl::OkStatus();
  const Timestamp wanted(world->now_ms() - operation["age"]);
  const absl::StatusOr<absl::optional<TimestampedOffset>> found = one.log->FindByTimestamp(wanted);
  if (!found.ok()) return world->Excuse("find", found.status());
  World::Quiet quiet(world);
  TM_ASSIGN_OR_RETURN(const std::string all, world->ReadAll(*one.log, one.model.start(), false));
  for (absl::string_view bytes = all; !bytes.empty();) {
    TM_ASSIGN_OR_RETURN(const RecordBatchView batch, RecordBatchView::Parse(bytes));
    TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
    RecordView record;
    for (;;) {
      TM_ASSIGN_OR_RETURN(const bool more, reader.Next(&record));
      if (!more) break;
      if (record.offset.value() < one.model.start() || record.timestamp < wanted) continue;
      if (found->has_value() && (*found)->offset == record.offset &&
          (*found)->timestamp == record.timestamp) {
        return absl::OkStatus();
      }
      return Finding("other record of a time",
                     absl::StrCat(found->has_value() ? (*found)->offset.value() : -1, ", not ",
                                  record.offset.value()));
    }
    bytes.remove_prefix(batch.bytes().size());
  }
  if (found->has_value()) {
    return Finding("other record of a time", absl::StrCat((*found)->offset.value(), ", not any"));
  }
  return absl::OkStatus();
}

}  // namespace tidemark
