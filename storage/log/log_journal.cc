#include "storage/log/log_journal.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"

namespace tidemark {

std::shared_ptr<JournalClient> LogJournal::Self() { return {parts_.owner(), this}; }

absl::StatusOr<Offset> LogJournal::Commit() {
  if (!is_used()) return Sync();
  absl::optional<absl::StatusOr<Offset>> outcome = parts_.journal->Commit(Self());
  if (!outcome.has_value()) return Sync();
  if (outcome->ok()) {
    committed_ = collected_;
  } else {
    FenceAfter(outcome->status());
  }
  return *std::move(outcome);
}

absl::StatusOr<Offset> LogJournal::Sync() {
  absl::StatusOr<Offset> synced = parts_.syncer->SyncAll(parts_.writer->log_end());
  if (!synced.ok()) FenceAfter(synced.status());
  return synced;
}

void LogJournal::CommitSoon() {
  if (!is_used() || !parts_.journal->CommitLater(Self())) parts_.lead_soon();
}

void LogJournal::FenceAfter(const absl::Status& failure) {
  parts_.writer->Stop(absl::FailedPreconditionError(absl::StrCat("fenced: ", failure.message())));
}

absl::Status LogJournal::Flush() {
  return parts_.syncer->RunBesideCommits([this]() -> absl::Status {
    if (parts_.is_closing()) return absl::FailedPreconditionError("the log is closed");
    TM_ASSIGN_OR_RETURN(const Offset synced, Sync());
    parts_.commit->NoteDurable(synced);
    return absl::OkStatus();
  });
}

absl::Status LogJournal::Forget() {
  if (parts_.journal == nullptr) return absl::OkStatus();
  TM_RETURN_IF_ERROR(parts_.journal->Forget(Self()));
  committed_ = Cursor();
  return absl::OkStatus();
}

void LogJournal::Leave() {
  if (parts_.journal != nullptr) parts_.journal->Leave(this);
}

absl::StatusOr<JournalClient::Tail> LogJournal::Collect() {
  Tail tail;
  // First: whatever is in a segment that begins below was there before its name is synced here.
  tail.end_offset = parts_.writer->log_end();
  TM_RETURN_IF_ERROR(parts_.syncer->SyncNames());
  collected_ = committed_;
  for (const std::shared_ptr<Segment>& segment : parts_.segments->From(committed_.offset)) {
    if (segment->base_offset() >= tail.end_offset) break;
    TM_RETURN_IF_ERROR(CollectFrom(segment.get(), &tail));
  }
  collected_.offset = tail.end_offset;
  return tail;
}

absl::Status LogJournal::CollectFrom(Segment* segment, Tail* tail) {
  // It goes when all of the segment is synced, so it is asked for first.
  std::shared_ptr<MappedRegion> region = segment->writable_region();
  if (region == nullptr) return absl::OkStatus();
  int64_t begin = segment->synced_bytes();
  if (segment->id() == committed_.segment_id) begin = std::max(begin, committed_.segment_bytes);
  const int64_t end = segment->size_bytes();
  collected_.segment_id = segment->id();
  collected_.segment_bytes = end;
  if (begin >= end) return absl::OkStatus();
  TM_RETURN_IF_ERROR(region->PopulateForReading(begin, end - begin));
  tail->entries.push_back({JournalEntryKind::kBytes,
                           parts_.key,
                           segment->base_offset(),
                           begin,
                           {region->data() + begin, static_cast<size_t>(end - begin)}});
  tail->owners.push_back(std::move(region));
  return absl::OkStatus();
}

std::function<void()> LogJournal::End(const absl::StatusOr<Offset>& durable_end) {
  if (durable_end.ok()) {
    committed_ = collected_;
    return parts_.commit->End(durable_end);
  }
  return [this, status = durable_end.status(), call_back = parts_.commit->End(durable_end)] {
    FenceAfter(status);
    if (call_back != nullptr) call_back();
  };
}

void LogJournal::Decline() {
  parts_.commit->GiveUp();
  parts_.lead_soon();
}

}  // namespace tidemark
