#include "api/cli/partition_cursor.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr int64_t kReadBytesMax = int64_t{1} << 20;

std::string NameOf(const TopicPartition& topic_partition) {
  return absl::StrCat(topic_partition.topic, "-", topic_partition.partition.value());
}

}  // namespace

absl::StatusOr<PartitionCursor> PartitionCursor::Open(FileSystem* file_system,
                                                      const PartitionDirectory& directory,
                                                      const StartPosition& start,
                                                      Isolation isolation) {
  TM_ASSIGN_OR_RETURN(std::unique_ptr<ReadOnlyPartition> partition,
                      ReadOnlyPartition::Open(file_system, directory.path, directory.home));
  PartitionCursor cursor(std::move(partition), isolation);
  TM_RETURN_IF_ERROR(cursor.MoveTo(start));
  return cursor;
}

absl::StatusOr<Offset> PartitionCursor::FindEnd() {
  return isolation_ == Isolation::kReadCommitted ? partition_->FindLastStable()
                                                 : partition_->FindEnd();
}

absl::Status PartitionCursor::MoveTo(const StartPosition& start) {
  TM_ASSIGN_OR_RETURN(const Offset earliest, partition_->FindStart());
  switch (start.kind) {
    case StartPosition::Kind::kEarliest:
      next_offset_ = earliest;
      return absl::OkStatus();
    case StartPosition::Kind::kLatest:
      break;
    case StartPosition::Kind::kTimestamp: {
      TM_ASSIGN_OR_RETURN(const absl::optional<TimestampedOffset> found,
                          partition_->FindByTimestamp(start.timestamp));
      if (!found.has_value()) break;
      next_offset_ = found->offset;
      return absl::OkStatus();
    }
    case StartPosition::Kind::kOffset: {
      const absl::StatusOr<Offset> latest = partition_->FindEnd();
      // Where damage hides the end, what stands in front of it can be read still.
      if (start.offset < earliest || (latest.ok() && start.offset > *latest)) {
        return absl::OutOfRangeError(
            absl::StrCat(NameOf(topic_partition()), ": offset ", start.offset.value(),
                         " is outside of the log, which goes from ", earliest.value(), " to ",
                         latest.ok() ? absl::StrCat(latest->value()) : "an end that damage hides"));
      }
      next_offset_ = start.offset;
      return absl::OkStatus();
    }
  }
  TM_ASSIGN_OR_RETURN(next_offset_, FindEnd());
  return absl::OkStatus();
}

void PartitionCursor::StopAtEnd() {
  // Without an end, reading goes on until there is nothing more, or to the damage that hides it.
  const absl::StatusOr<Offset> end = FindEnd();
  if (end.ok()) end_offset_ = *end;
}

absl::StatusOr<bool> PartitionCursor::Advance(absl::FunctionRef<bool(const RecordView&)> visit) {
  if (end_offset_.has_value() && next_offset_ >= *end_offset_) return false;
  TM_ASSIGN_OR_RETURN(const Offset read_to,
                      isolation_ == Isolation::kReadCommitted
                          ? partition_->ReadCommitted(next_offset_, kReadBytesMax, &batches_)
                          : partition_->Read(next_offset_, kReadBytesMax, &batches_));
  if (read_to == next_offset_) return false;
  absl::string_view rest = batches_;
  while (!rest.empty()) {
    TM_ASSIGN_OR_RETURN(const RecordBatchView batch, RecordBatchView::Parse(rest));
    rest.remove_prefix(batch.bytes().size());
    if (batch.is_control()) continue;
    const absl::StatusOr<bool> goes_on = VisitBatch(batch, visit);
    if (!goes_on.ok()) {
      return Annotate(goes_on.status(),
                      absl::StrCat(NameOf(topic_partition()), ": batch at offset ",
                                   batch.base_offset().value()));
    }
    if (!*goes_on) return true;
  }
  next_offset_ = read_to;
  return true;
}

absl::StatusOr<bool> PartitionCursor::VisitBatch(const RecordBatchView& batch,
                                                 absl::FunctionRef<bool(const RecordView&)> visit) {
  TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
  RecordView record;
  while (true) {
    TM_ASSIGN_OR_RETURN(const bool is_there, reader.Next(&record));
    if (!is_there) return true;
    if (record.offset < next_offset_) continue;
    if (end_offset_.has_value() && record.offset >= *end_offset_) return true;
    next_offset_ = record.offset + 1;
    if (!visit(record)) return false;
  }
}

}  // namespace tidemark
