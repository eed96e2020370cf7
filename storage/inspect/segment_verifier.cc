#include "storage/inspect/segment_verifier.h"

#include <limits>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/file_names.h"
#include "storage/inspect/index_entries.h"
#include "storage/inspect/record_check.h"

namespace tidemark {

namespace {

constexpr absl::string_view kRestoreHint =
    "; these records cannot be read: restore the file from a copy";
constexpr absl::string_view kRebuildHint =
    "; delete the file: it is rebuilt when the directory is opened";

}  // namespace

SegmentVerifier::SegmentVerifier(const VerifyContext* context, Offset base_offset,
                                 absl::optional<Offset> next_base_offset, EpochCheck* epochs,
                                 LogProgress* progress)
    : context_(*context),
      base_offset_(base_offset),
      next_base_offset_(next_base_offset),
      epochs_(epochs),
      progress_(progress),
      log_path_(SegmentPath(context->place.directory, base_offset, SegmentFileKind::kLog)),
      offset_index_path_(
          SegmentPath(context->place.directory, base_offset, SegmentFileKind::kOffsetIndex)),
      time_index_path_(
          SegmentPath(context->place.directory, base_offset, SegmentFileKind::kTimeIndex)) {}

absl::Status SegmentVerifier::Run() {
  OpenOffsetIndex();
  OpenTimeIndex();
  const absl::StatusOr<std::unique_ptr<File>> file =
      context_.file_system->Open(log_path_, OpenMode::kRead);
  if (absl::IsNotFound(file.status())) {  // Deleted since it was listed.
    progress_->next_offset.reset();
    return absl::OkStatus();
  }
  TM_RETURN_IF_ERROR(file.status());
  ++context_.totals->segment_count;
  CheckStart();
  const absl::Status status = CheckParts(file->get());
  if (absl::IsUnavailable(status)) {
    AddLogDamage(FilePosition(0), progress_->next_offset,
                 absl::StrCat("cannot be read: ", status.message(), kRestoreHint));
    progress_->next_offset.reset();
  } else {
    TM_RETURN_IF_ERROR(status);
  }
  FinishIndexes();
  return absl::OkStatus();
}

void SegmentVerifier::AddLogDamage(FilePosition position, absl::optional<Offset> offset,
                                   std::string message) {
  is_damaged_ = true;
  context_.AddDamage({log_path_, position, offset}, std::move(message));
}

void SegmentVerifier::CheckStart() {
  const absl::optional<Offset> expected = progress_->next_offset;
  if (expected.has_value() && base_offset_ < *expected) {
    AddLogDamage(FilePosition(0), base_offset_,
                 absl::StrCat("overlaps the segment before it, which ends at offset ",
                              expected->value(), "; one of the two is not of this log"));
  } else if (expected.has_value() && base_offset_ > *expected && !context_.are_gaps_allowed) {
    AddLogDamage(FilePosition(0), *expected,
                 absl::StrCat("the segment before it ends at offset ", expected->value(), "; the ",
                              base_offset_ - *expected, " records from there to ",
                              base_offset_.value(), " are missing: restore them from a copy"));
  }
  progress_->next_offset = base_offset_;
}

absl::Status SegmentVerifier::CheckParts(File* file) {
  TM_ASSIGN_OR_RETURN(SegmentSurvey survey, SegmentSurvey::Create(file, base_offset_));
  for (;;) {
    TM_ASSIGN_OR_RETURN(const absl::optional<SegmentPart> part, survey.Next());
    if (!part.has_value()) return absl::OkStatus();
    switch (part->kind) {
      case SegmentPart::Kind::kBatch:
        CheckBatch(*part);
        break;
      case SegmentPart::Kind::kZeroTail:
        CheckZeroTail(*part);
        break;
      case SegmentPart::Kind::kBadBatch:
      case SegmentPart::Kind::kUnreadable:
      case SegmentPart::Kind::kUnsupported:
        CheckBadPart(*part);
        break;
    }
    context_.totals->bytes += part->size_bytes;
    context_.on_bytes(part->size_bytes);
  }
}

void SegmentVerifier::CheckPlaceInLog(const SegmentPart& part) {
  const RecordBatchView& batch = *part.batch;
  const Offset base_offset = batch.base_offset();
  const Offset expected = progress_->next_offset.value_or(base_offset_);
  if (base_offset < expected) {
    AddLogDamage(
        part.position, base_offset,
        absl::StrCat("a batch begins at offset ", base_offset.value(),
                     ", where the log is at offset ", expected.value(), " already", kRestoreHint));
  } else if (base_offset > expected && progress_->next_offset.has_value() &&
             !context_.are_gaps_allowed) {
    AddLogDamage(part.position, expected,
                 absl::StrCat("a batch begins at offset ", base_offset.value(), ", where offset ",
                              expected.value(), " is next: ", base_offset - expected,
                              " records are missing", kRestoreHint));
  }
  if (batch.last_offset() - base_offset_ > std::numeric_limits<int32_t>::max()) {
    AddLogDamage(part.position, base_offset,
                 absl::StrCat("offset ", batch.last_offset().value(),
                              " is too far from the segment's first, ", base_offset_.value()));
  }
  if (batch.leader_epoch() < progress_->leader_epoch) {
    AddLogDamage(
        part.position, base_offset,
        absl::StrCat("leader epoch ", batch.leader_epoch().value(), " behind a batch of epoch ",
                     progress_->leader_epoch.value(), ": epochs never fall", kRestoreHint));
  }
  progress_->leader_epoch = batch.leader_epoch();
  progress_->next_offset = batch.next_offset();
}

void SegmentVerifier::CheckBatch(const SegmentPart& part) {
  const RecordBatchView& batch = *part.batch;
  CheckPlaceInLog(part);
  RecordCheckOptions options;
  options.are_gaps_allowed = context_.are_gaps_allowed;
  options.decompressed_bytes_max = context_.decompressed_bytes_max;
  const absl::Status status = CheckRecords(batch, options);
  if (!status.ok()) {
    AddLogDamage(part.position, batch.base_offset(),
                 absl::StrCat("the CRC holds, but ", status.message(), kRestoreHint));
  }
  const std::string epoch_problem = epochs_ == nullptr ? "" : epochs_->Check(batch);
  if (!epoch_problem.empty()) {
    context_.AddUnlessUnsettled(
        batch.next_offset(),
        {JoinPath(context_.place.directory, kLeaderEpochCheckpointName), {}, batch.base_offset()},
        absl::StrCat(epoch_problem, kRebuildHint));
  }
  has_batches_ = true;
  ++context_.totals->batch_count;
  context_.totals->record_count += batch.record_count();
  if (is_damaged_) return;
  if (offset_index_.has_value()) offset_index_->Add(part.position, batch);
  if (time_index_.has_value()) time_index_->Add(batch);
}

void SegmentVerifier::CheckBadPart(const SegmentPart& part) {
  const absl::optional<Offset> expected = progress_->next_offset;
  const Offset end = expected.value_or(base_offset_);
  // Nothing from the recovery point on was promised, so a crash may have torn what stands there.
  if (part.may_be_unfinished && is_last() && end >= context_.recovery_point &&
      !IsClosedCleanly(context_.file_system, context_.place.data_directory)) {
    context_.findings->AddNote(
        {log_path_, part.position, end},
        absl::StrCat("unrecovered tail of ", part.size_bytes,
                     " bytes: a batch that is being written, or was when the writer was killed; "
                     "opening the directory cuts it off (",
                     part.reason, ")"));
    return;
  }
  if (part.kind == SegmentPart::Kind::kBadBatch) {
    AddLogDamage(part.position, end, absl::StrCat(part.reason, kRestoreHint));
  } else {
    AddLogDamage(part.position, end,
                 absl::StrCat(part.reason, "; no batch in the ", part.size_bytes,
                              part.is_followed ? " bytes up to the next one at position "
                                               : " bytes up to the end of the file at position ",
                              (part.position + part.size_bytes).value(), kRestoreHint));
  }
  progress_->next_offset.reset();
}

void SegmentVerifier::CheckZeroTail(const SegmentPart& part) {
  const absl::optional<Offset> end = progress_->next_offset;
  if (is_last() || !end.has_value()) return;  // A log that ends too early is found out elsewhere.
  if (*next_base_offset_ == *end) {
    context_.findings->AddNote({log_path_, part.position, end},
                               absl::StrCat(part.size_bytes,
                                            " zeros behind the last batch, which a writer that was "
                                            "killed has not cut off; they do no harm"));
    return;
  }
  AddLogDamage(part.position, end,
               absl::StrCat(part.size_bytes, " zeros up to the end of the file where offset ",
                            end->value(), " is next", kRestoreHint));
}

absl::optional<std::string> SegmentVerifier::ReadIndex(const std::string& path) {
  absl::StatusOr<std::string> bytes = ReadWholeFile(context_.file_system, path, kIndexFileBytesMax);
  if (bytes.ok()) {
    context_.totals->bytes += static_cast<int64_t>(bytes->size());
    context_.on_bytes(static_cast<int64_t>(bytes->size()));
    return *std::move(bytes);
  }
  if (!absl::IsNotFound(bytes.status())) {
    context_.AddDamage({path, {}, {}},
                       absl::StrCat("cannot be read: ", bytes.status().message(), kRebuildHint));
  }
  return absl::nullopt;
}

void SegmentVerifier::OpenOffsetIndex() {
  const absl::optional<std::string> bytes = ReadIndex(offset_index_path_);
  if (!bytes.has_value()) return;
  const IndexProblemSink sink = [this](FilePosition position, std::string message) {
    context_.AddDamage({offset_index_path_, position, {}}, absl::StrCat(message, kRebuildHint));
  };
  IndexEntries<OffsetIndexEntry> index = ParseOffsetIndex(*bytes);
  for (const IndexProblem& problem : index.problems) sink(problem.position, problem.message);
  if (!index.problems.empty()) index.entries.clear();
  offset_index_.emplace(base_offset_, context_.are_gaps_allowed, std::move(index.entries), sink);
}

void SegmentVerifier::OpenTimeIndex() {
  const absl::optional<std::string> bytes = ReadIndex(time_index_path_);
  if (!bytes.has_value()) return;
  const IndexProblemSink sink = [this](FilePosition position, std::string message) {
    context_.AddDamage({time_index_path_, position, {}}, absl::StrCat(message, kRebuildHint));
  };
  IndexEntries<TimeIndexEntry> index = ParseTimeIndex(*bytes);
  for (const IndexProblem& problem : index.problems) sink(problem.position, problem.message);
  has_time_index_problems_ = !index.problems.empty();
  if (has_time_index_problems_) index.entries.clear();
  time_index_.emplace(base_offset_, std::move(index.entries), sink);
}

// A writer completes them when it rolls or closes. A recovery point may be at the end of a segment
// that is not finished, and anywhere in the last one.
bool SegmentVerifier::AreIndexesComplete(Offset end) const {
  return (!is_last() && end < context_.recovery_point) ||
         IsClosedCleanly(context_.file_system, context_.place.data_directory);
}

void SegmentVerifier::AddIndexFinding(Offset end, const std::string& path, std::string message) {
  context_.findings->Add(AreIndexesComplete(end) ? Severity::kDamage : Severity::kNote,
                         {path, {}, {}}, std::move(message));
}

void SegmentVerifier::ReportMissingIndexes(Offset end) {
  for (const auto& [is_missing, path, kind] :
       {std::tuple(!offset_index_.has_value(), &offset_index_path_, SegmentFileKind::kOffsetIndex),
        std::tuple(!time_index_.has_value(), &time_index_path_, SegmentFileKind::kTimeIndex)}) {
    if (!is_missing || (is_last() && !AreIndexesComplete(end))) continue;
    const std::string swap = SwapPath(context_.place.directory, base_offset_, kind);
    if (context_.file_system->Stat(swap).ok()) {
      context_.findings->AddNote({*path, {}, {}}, "about to take its place behind its .log file");
    } else {
      AddIndexFinding(end, *path, "missing; it is rebuilt when the directory is opened");
    }
  }
}

void SegmentVerifier::FinishIndexes() {
  if (is_damaged_) return;
  const Offset end = progress_->next_offset.value_or(base_offset_);
  if (has_batches_) ReportMissingIndexes(end);
  const auto report_rest = [&](const std::string& path, int64_t count) {
    AddIndexFinding(
        end, path,
        absl::StrCat(count, " entries point behind the last batch, which ends at offset ",
                     end.value(), kRebuildHint));
  };
  if (offset_index_.has_value() && offset_index_->rest_count() > 0) {
    report_rest(offset_index_path_, offset_index_->rest_count());
  }
  if (!time_index_.has_value()) return;
  if (time_index_->rest_count() > 0) report_rest(time_index_path_, time_index_->rest_count());
  // Kafka leaves the last entry out after a truncation; its logs are those of unknown policy.
  if (!has_time_index_problems_ && time_index_->LacksLargest() && !context_.are_gaps_allowed &&
      AreIndexesComplete(end)) {
    context_.AddDamage({time_index_path_, {}, {}},
                       absl::StrCat("the segment's largest timestamp has no entry", kRebuildHint));
  }
}

}  // namespace tidemark
