#include "storage/inspect/segment_survey.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/bytes.h"
#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"

namespace tidemark {

namespace {

// More zeros than the few that the last record of a batch ends in for an empty value and no
// headers.
constexpr size_t kUnwrittenBytesMin = 8;

// Whether a batch whose CRC does not hold may be one that is being written. Bytes are written front
// to back over zeros, so such a batch ends in zeros.
bool LooksHalfWritten(absl::string_view batch) {
  return batch.size() >= kUnwrittenBytesMin &&
         IsZeroFilled(batch.substr(batch.size() - kUnwrittenBytesMin));
}

}  // namespace

absl::StatusOr<SegmentSurvey> SegmentSurvey::Create(File* file, Offset segment_base_offset) {
  TM_ASSIGN_OR_RETURN(SegmentScanner scanner, SegmentScanner::Create(file, FilePosition(0)));
  return SegmentSurvey(std::move(scanner), segment_base_offset);
}

SegmentPart SegmentSurvey::PassBatch(const ScannedBatch& batch) {
  SegmentPart part;
  part.kind = batch.crc.ok() ? SegmentPart::Kind::kBatch : SegmentPart::Kind::kBadBatch;
  part.position = batch.position;
  part.size_bytes = batch.batch.size_bytes();
  part.batch = batch.batch;
  if (batch.crc.ok()) {
    next_offset_ = batch.batch.next_offset();
  } else {
    part.reason = std::string(batch.crc.message());
  }
  return part;
}

absl::StatusOr<absl::optional<SegmentPart>> SegmentSurvey::Next() {
  if (at_end_) return absl::optional<SegmentPart>();
  TM_ASSIGN_OR_RETURN(const absl::optional<ScannedBatch> batch, scanner_.Next());
  if (batch.has_value()) {
    if (batch->crc.ok()) return absl::make_optional(PassBatch(*batch));
    return PassDamage(batch->position, scanner_.position() - 1);
  }
  const FilePosition position = scanner_.position();
  if (scanner_.stop() == SegmentScanStop::kEnd) return absl::optional<SegmentPart>();
  if (scanner_.stop() != SegmentScanStop::kZeros) return PassDamage(position, position);
  TM_ASSIGN_OR_RETURN(const absl::optional<FilePosition> other, scanner_.FindNonZero());
  if (other.has_value()) return PassDamage(position, position);
  at_end_ = true;
  SegmentPart part;
  part.kind = SegmentPart::Kind::kZeroTail;
  part.position = position;
  part.size_bytes = scanner_.file_size_bytes() - position.value();
  part.reason = scanner_.stop_reason();
  return absl::make_optional(std::move(part));
}

// `search_position` is where to look for a valid batch behind.
absl::StatusOr<absl::optional<SegmentPart>> SegmentSurvey::PassDamage(
    FilePosition position, FilePosition search_position) {
  TM_RETURN_IF_ERROR(scanner_.MoveTo(search_position));
  TM_ASSIGN_OR_RETURN(const bool is_followed, scanner_.SkipToNextBatch(next_offset_));
  const FilePosition next_position = scanner_.position();
  // What counts is how it looks after the look behind it: a writer writes front to back.
  TM_RETURN_IF_ERROR(scanner_.MoveTo(position));
  TM_ASSIGN_OR_RETURN(const absl::optional<ScannedBatch> batch, scanner_.Next());
  if (batch.has_value() && batch->crc.ok()) return absl::make_optional(PassBatch(*batch));
  if (!batch.has_value() && scanner_.stop() == SegmentScanStop::kEnd) {
    return absl::optional<SegmentPart>();  // Cut off meanwhile.
  }
  SegmentPart part;
  if (batch.has_value()) {
    part = PassBatch(*batch);
    part.may_be_unfinished = !is_followed && LooksHalfWritten(batch->batch.bytes());
  } else {
    part.kind = scanner_.stop() == SegmentScanStop::kUnsupported && !is_followed
                    ? SegmentPart::Kind::kUnsupported
                    : SegmentPart::Kind::kUnreadable;
    part.position = position;
    part.reason = scanner_.stop_reason();
    part.may_be_unfinished = !is_followed;
    at_end_ = !is_followed;
    part.size_bytes =
        is_followed ? next_position - position : scanner_.file_size_bytes() - position.value();
    if (is_followed) TM_RETURN_IF_ERROR(scanner_.MoveTo(next_position));
  }
  part.is_followed = is_followed;
  return absl::make_optional(std::move(part));
}

bool IsClosedCleanly(FileSystem* file_system, absl::string_view data_directory) {
  return file_system->Stat(JoinPath(data_directory, kCleanShutdownFileName)).ok();
}

bool MayHaveUnfinishedTail(FileSystem* file_system, const PartitionPlace& place,
                           Offset segment_base_offset) {
  if (IsClosedCleanly(file_system, place.data_directory)) return false;
  const absl::StatusOr<std::vector<Offset>> segments = ListSegments(file_system, place.directory);
  return segments.ok() && !segments->empty() && segments->back() == segment_base_offset;
}

}  // namespace tidemark
