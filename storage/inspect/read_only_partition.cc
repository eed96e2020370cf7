#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/inspect.h"
#include "storage/inspect/index_lookup.h"
#include "storage/inspect/log_walker.h"
#include "storage/inspect/partition_files.h"
#include "storage/inspect/transaction_fates.h"

namespace tidemark {

namespace {

// How often a read begins anew when a writer cuts the log under it.
constexpr int kAttemptsMax = 10;

// The first record of the batch that is at or above `start` and not earlier than `timestamp`.
absl::StatusOr<absl::optional<TimestampedOffset>> FindInBatch(const RecordBatchView& batch,
                                                              Offset start, Timestamp timestamp) {
  TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
  RecordView record;
  for (;;) {
    TM_ASSIGN_OR_RETURN(const bool is_record, reader.Next(&record));
    if (!is_record) return absl::optional<TimestampedOffset>();
    if (record.offset >= start && record.timestamp >= timestamp) {
      return absl::make_optional(TimestampedOffset{record.offset, record.timestamp});
    }
  }
}

class DirectoryPartition : public ReadOnlyPartition {
 public:
  DirectoryPartition(FileSystem* file_system, PartitionPlace place)
      : file_system_(file_system),
        place_(std::move(place)),
        are_gaps_allowed_(AreOffsetGapsAllowed(file_system, place_)) {}

  const TopicPartition& topic_partition() const override { return place_.topic_partition; }

  absl::StatusOr<Offset> FindStart() override {
    TM_ASSIGN_OR_RETURN(const std::vector<Offset> segments, Segments());
    return StartOf(segments);
  }

  absl::StatusOr<Offset> FindEnd() override {
    return Retry<Offset>(&end_walker_, [this] { return WalkToEnd(); });
  }

  absl::StatusOr<absl::optional<TimestampedOffset>> FindByTimestamp(Timestamp timestamp) override {
    absl::optional<LogWalker> walker;
    return Retry<absl::optional<TimestampedOffset>>(
        &walker, [&] { return SearchTimestamp(timestamp, &walker); });
  }

  absl::StatusOr<Offset> Read(Offset from, int64_t bytes_max, std::string* batches) override {
    return Retry<Offset>(&walker_, [&] { return ReadOnce(from, bytes_max, batches); });
  }

  absl::StatusOr<Offset> FindLastStable() override {
    return Retry<Offset>(&end_walker_, [this] { return WalkToLastStable(); });
  }

  absl::StatusOr<Offset> ReadCommitted(Offset from, int64_t bytes_max,
                                       std::string* batches) override {
    return Retry<Offset>(&walker_, [&] {
      absl::StatusOr<Offset> next = ReadCommittedOnce(from, bytes_max, batches);
      if (!next.ok()) fates_.reset();
      return next;
    });
  }

 private:
  // Calls `attempt` until it is not told that the log was cut where `walker` stood.
  template <typename T, typename Attempt>
  absl::StatusOr<T> Retry(absl::optional<LogWalker>* walker, Attempt attempt) {
    for (int i = 1;; ++i) {
      absl::StatusOr<T> result = attempt();
      if (!absl::IsAborted(result.status())) {
        if (result.ok()) return result;
        return Annotate(result.status(), Name());
      }
      walker->reset();
      if (i == kAttemptsMax) {
        return absl::UnavailableError(
            absl::StrCat(Name(), ": ", result.status().message(), ", ", i, " times in a row"));
      }
    }
  }

  std::string Name() const {
    return absl::StrCat(place_.topic_partition.topic, "-",
                        place_.topic_partition.partition.value());
  }

  absl::StatusOr<std::vector<Offset>> Segments() {
    return ListSegments(file_system_, place_.directory);
  }

  Offset StartOf(const std::vector<Offset>& segments) {
    const Offset checkpointed =
        CheckpointedOffset(file_system_, place_, kLogStartOffsetCheckpointName);
    return segments.empty() ? checkpointed : std::max(segments.front(), checkpointed);
  }

  absl::StatusOr<Offset> WalkToEnd();
  absl::StatusOr<Offset> ReadOnce(Offset from, int64_t bytes_max, std::string* batches);
  absl::StatusOr<Offset> WalkToLastStable();
  absl::StatusOr<Offset> ReadCommittedOnce(Offset from, int64_t bytes_max, std::string* batches);
  // Takes from `batches` what is not committed; `next` is where they end.
  absl::StatusOr<Offset> KeepCommitted(Offset next, std::string* batches);
  absl::Status Seek(Offset from);
  absl::StatusOr<absl::optional<TimestampedOffset>> SearchTimestamp(
      Timestamp timestamp, absl::optional<LogWalker>* walker);

  FileSystem* const file_system_;
  const PartitionPlace place_;
  const bool are_gaps_allowed_;
  absl::optional<LogWalker> walker_;  // Stands where a read from `walker_offset_` goes on.
  Offset walker_offset_;
  absl::optional<LogWalker> end_walker_;
  absl::optional<TransactionFates> fates_;  // For a read of committed data from `fates_offset_`.
  Offset fates_offset_;
};

absl::StatusOr<Offset> DirectoryPartition::WalkToEnd() {
  TM_ASSIGN_OR_RETURN(const std::vector<Offset> segments, Segments());
  if (segments.empty()) return StartOf(segments);
  if (!end_walker_.has_value() || end_walker_->segment_base_offset() != segments.back()) {
    end_walker_.emplace(file_system_, &place_, are_gaps_allowed_);
    TM_RETURN_IF_ERROR(
        end_walker_->StartAt(segments.back(), Offset(std::numeric_limits<Offset::rep>::max())));
  }
  for (;;) {
    TM_ASSIGN_OR_RETURN(const absl::optional<ScannedBatch> batch, end_walker_->Next());
    if (!batch.has_value()) return std::max(end_walker_->next_offset(), StartOf(segments));
  }
}

// Makes `walker_` stand in front of the batch that holds `from`, or the one after it, or at the
// end.
absl::Status DirectoryPartition::Seek(Offset from) {
  if (walker_.has_value() && walker_offset_ == from) return absl::OkStatus();
  walker_.reset();
  TM_ASSIGN_OR_RETURN(const std::vector<Offset> segments, Segments());
  const Offset start = StartOf(segments);
  if (from < start || (segments.empty() && from > start)) {
    return absl::OutOfRangeError(absl::StrCat(
        "offset ", from.value(), " is not in the log, which starts at offset ", start.value()));
  }
  if (segments.empty()) return absl::OkStatus();
  LogWalker walker(file_system_, &place_, are_gaps_allowed_);
  const auto behind = std::upper_bound(segments.begin(), segments.end(), from);
  TM_RETURN_IF_ERROR(walker.StartAt(*(behind - 1), from));
  for (;;) {
    const absl::StatusOr<absl::optional<ScannedBatch>> next = walker.Next();
    if (absl::IsDataLoss(next.status())) {
      // Damage in front of the batch that was asked for is in nobody's way.
      TM_ASSIGN_OR_RETURN(const bool is_in_front, walker.SkipDamage(from));
      if (is_in_front) continue;
    }
    TM_RETURN_IF_ERROR(next.status());
    const absl::optional<ScannedBatch>& batch = *next;
    if (!batch.has_value()) {
      if (walker.next_offset() < from) {
        return absl::OutOfRangeError(
            absl::StrCat("offset ", from.value(), " is not in the log, which goes from offset ",
                         start.value(), " to ", walker.next_offset().value()));
      }
      break;
    }
    if (batch->batch.last_offset() >= from) {
      walker.PutBack(*batch);
      break;
    }
  }
  walker_.emplace(std::move(walker));
  walker_offset_ = from;
  return absl::OkStatus();
}

absl::StatusOr<Offset> DirectoryPartition::ReadOnce(Offset from, int64_t bytes_max,
                                                    std::string* batches) {
  batches->clear();
  TM_RETURN_IF_ERROR(Seek(from));
  if (!walker_.has_value()) return from;  // No segment yet.
  TM_ASSIGN_OR_RETURN(absl::optional<ScannedBatch> batch, walker_->Next());
  if (!batch.has_value()) return from;
  while (batch.has_value()) {
    const absl::string_view bytes = batch->batch.bytes();
    if (!batches->empty() && static_cast<int64_t>(batches->size() + bytes.size()) > bytes_max) {
      walker_->PutBack(*batch);
      break;
    }
    absl::StrAppend(batches, bytes);
    walker_offset_ = batch->batch.next_offset();
    TM_ASSIGN_OR_RETURN(batch, walker_->NextInSegment());
  }
  return walker_offset_;
}

absl::StatusOr<Offset> DirectoryPartition::WalkToLastStable() {
  TM_ASSIGN_OR_RETURN(const Offset end, WalkToEnd());
  TM_ASSIGN_OR_RETURN(const std::vector<Offset> segments, Segments());
  if (segments.empty()) return end;
  TM_ASSIGN_OR_RETURN(const OpenTransactions open,
                      FindOpenTransactions(file_system_, place_, are_gaps_allowed_, segments, end));
  Offset last_stable = end;
  for (const auto& [producer_id, first] : open) last_stable = std::min(last_stable, first);
  return std::max(last_stable, StartOf(segments));
}

absl::StatusOr<Offset> DirectoryPartition::ReadCommittedOnce(Offset from, int64_t bytes_max,
                                                             std::string* batches) {
  TM_ASSIGN_OR_RETURN(const Offset next, ReadOnce(from, bytes_max, batches));
  if (batches->empty()) return next;
  if (!fates_.has_value() || fates_offset_ != from) {
    fates_.reset();
    TM_ASSIGN_OR_RETURN(const std::vector<Offset> segments, Segments());
    if (segments.empty()) return absl::AbortedError("the log was deleted while it was being read");
    TM_ASSIGN_OR_RETURN(
        TransactionFates fates,
        TransactionFates::Create(file_system_, &place_, are_gaps_allowed_, segments, from));
    fates_.emplace(std::move(fates));
    fates_offset_ = from;
  }
  TM_ASSIGN_OR_RETURN(const bool is_open_in_front, fates_->IsOpenInFront());
  if (is_open_in_front) {
    batches->clear();
    return from;
  }
  TM_ASSIGN_OR_RETURN(const Offset kept_to, KeepCommitted(next, batches));
  fates_offset_ = std::max(from, kept_to);
  return fates_offset_;
}

absl::StatusOr<Offset> DirectoryPartition::KeepCommitted(Offset next, std::string* batches) {
  std::string kept;
  for (absl::string_view rest = *batches; !rest.empty();) {
    TM_ASSIGN_OR_RETURN(const RecordBatchView batch, RecordBatchView::Parse(rest));
    rest.remove_prefix(batch.bytes().size());
    if (batch.is_control()) {
      fates_->Pass(batch);
      continue;
    }
    if (batch.is_transactional()) {
      TM_ASSIGN_OR_RETURN(const TransactionFates::Fate fate, fates_->Of(batch));
      if (fate == TransactionFates::Fate::kAborted) continue;
      if (fate == TransactionFates::Fate::kOpen) {
        next = batch.base_offset();
        break;
      }
    }
    absl::StrAppend(&kept, batch.bytes());
  }
  *batches = std::move(kept);
  return next;
}

absl::StatusOr<absl::optional<TimestampedOffset>> DirectoryPartition::SearchTimestamp(
    Timestamp timestamp, absl::optional<LogWalker>* walker) {
  TM_ASSIGN_OR_RETURN(const std::vector<Offset> segments, Segments());
  if (segments.empty()) return absl::optional<TimestampedOffset>();
  const Offset start = StartOf(segments);
  const Offset synced_offset =
      CheckpointedOffset(file_system_, place_, kRecoveryPointCheckpointName);
  // The index of a sealed segment is complete once the segment is known to be on stable storage.
  size_t first = 0;
  while (first + 1 < segments.size() && segments[first + 1] <= synced_offset) {
    const absl::optional<Timestamp> last =
        ReadLastIndexedTimestamp(file_system_, place_.directory, segments[first]);
    if (!last.has_value() || *last >= timestamp) break;
    ++first;
  }
  walker->emplace(file_system_, &place_, are_gaps_allowed_);
  TM_RETURN_IF_ERROR((*walker)->StartAt(segments[first], absl::nullopt));
  for (;;) {
    TM_ASSIGN_OR_RETURN(const absl::optional<ScannedBatch> batch, (*walker)->Next());
    if (!batch.has_value()) return absl::optional<TimestampedOffset>();
    if (batch->batch.max_timestamp() < timestamp || batch->batch.last_offset() < start) continue;
    TM_ASSIGN_OR_RETURN(const absl::optional<TimestampedOffset> found,
                        FindInBatch(batch->batch, start, timestamp));
    if (found.has_value()) return found;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReadOnlyPartition>> ReadOnlyPartition::Open(
    FileSystem* file_system, absl::string_view directory, absl::string_view home) {
  TM_ASSIGN_OR_RETURN(PartitionPlace place, LocatePartition(directory));
  if (!home.empty()) place.home = std::string(home);
  TM_RETURN_IF_ERROR(file_system->List(directory).status());
  return std::make_unique<DirectoryPartition>(file_system, std::move(place));
}

}  // namespace tidemark
