#include "storage/compaction/cleanable_partition_log.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"
#include "storage/format/producer_snapshot.h"
#include "storage/log/segment_info.h"

namespace tidemark {
namespace {

CompactionSegment ToCompactionSegment(const SegmentInfo& info) {
  CompactionSegment segment;
  segment.id = info.id;
  segment.base_offset = info.base_offset;
  segment.size_bytes = info.size_bytes;
  segment.largest_timestamp = info.largest_timestamp;
  if (info.largest_timestamp == kNoTimestamp) {
    segment.largest_timestamp = Timestamp(absl::ToUnixMillis(info.modified));
  }
  return segment;
}

SegmentInfo ToSegmentInfo(const CompactionSegment& segment) {
  SegmentInfo info;
  info.id = segment.id;
  info.base_offset = segment.base_offset;
  info.size_bytes = segment.size_bytes;
  return info;
}

}  // namespace

absl::StatusOr<CleanableState> CleanablePartitionLog::Look() const {
  CleanableState state;
  // In this order: what becomes stable meanwhile is for the next time.
  const LogOffsets offsets = log_->offsets();
  TM_ASSIGN_OR_RETURN(const std::vector<SegmentInfo> segments, log_->Segments());
  if (segments.empty()) {
    return absl::FailedPreconditionError("a truncation has failed; open the log again");
  }
  state.log_start = offsets.log_start;
  state.last_stable = std::min({offsets.high_watermark, offsets.last_stable, offsets.flushed});
  state.log_end = offsets.log_end;
  for (const SegmentInfo& info : segments) {
    state.segments.push_back(ToCompactionSegment(info));
    // Nothing else can be replaced.
    if (!info.is_finished) state.last_stable = std::min(state.last_stable, info.base_offset);
  }
  return state;
}

absl::StatusOr<std::shared_ptr<File>> CleanablePartitionLog::OpenSegment(Offset base_offset) const {
  absl::StatusOr<std::unique_ptr<File>> file = file_system_->Open(
      absl::StrCat(directory_, "/", FormatSegmentFileName({base_offset, SegmentFileKind::kLog})),
      OpenMode::kRead);
  if (absl::IsNotFound(file.status())) return absl::AbortedError(file.status().message());
  TM_RETURN_IF_ERROR(file.status());
  return std::shared_ptr<File>(*std::move(file));
}

absl::StatusOr<std::vector<TransactionIndexEntry>> CleanablePartitionLog::AbortedTransactions(
    Offset start, Offset end) const {
  return log_->AbortedTransactions(start, end);
}

absl::StatusOr<LastProducerRecords> CleanablePartitionLog::LastRecordsOfProducers() const {
  TM_ASSIGN_OR_RETURN(const std::vector<ProducerSnapshotEntry> producers,
                      ParseProducerSnapshot(log_->FormatProducers()));
  LastProducerRecords records;
  for (const ProducerSnapshotEntry& producer : producers) {
    LastProducerRecord& record = records[producer.producer_id];
    record.epoch = producer.producer_epoch;
    if (producer.last_offset >= Offset(0)) record.last_data_offset = producer.last_offset;
  }
  return records;
}

absl::Status CleanablePartitionLog::ReplaceSegments(absl::Span<const CompactionSegment> covered,
                                                    const CleanedSegment& cleaned) {
  std::vector<SegmentInfo> infos;
  for (const CompactionSegment& segment : covered) infos.push_back(ToSegmentInfo(segment));
  return log_->ReplaceSegments(infos, cleaned.size_bytes);
}

}  // namespace tidemark
