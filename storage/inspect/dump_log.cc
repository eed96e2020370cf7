#include "storage/inspect/dump_log.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"
#include "storage/inspect/partition_files.h"
#include "storage/inspect/segment_survey.h"
#include "storage/inspect/transaction_marker.h"

namespace tidemark {

namespace {

// Whether a writer may have left the end of the file as it is.
bool MayBeUnfinished(FileSystem* file_system, absl::string_view path) {
  const absl::optional<SegmentFileName> name = ParseSegmentFileName(NameOf(path));
  const absl::StatusOr<PartitionPlace> place = LocatePartition(DirectoryOf(path));
  return name.has_value() && place.ok() && MayHaveUnfinishedTail(file_system, *place, name->offset);
}

DataFileItem DamageOrNote(FileSystem* file_system, absl::string_view path,
                          const SegmentPart& part) {
  if (part.may_be_unfinished && MayBeUnfinished(file_system, path)) {
    return NoteItem{part.position,
                    absl::StrCat("an unfinished batch, being written or left by a crash, which "
                                 "opening the data directory cuts off: ",
                                 part.reason)};
  }
  if (part.kind == SegmentPart::Kind::kBadBatch) return DamageItem{part.position, part.reason};
  return DamageItem{part.position,
                    absl::StrCat(part.reason, "; ", part.size_bytes, " bytes are no batch, ",
                                 part.is_followed ? "up to the next one at position "
                                                  : "up to the end of the file at position ",
                                 (part.position + part.size_bytes).value())};
}

}  // namespace

absl::Status DumpLog(FileSystem* file_system, absl::string_view path,
                     absl::FunctionRef<bool(const DataFileItem&)> visit) {
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, file_system->Open(path, OpenMode::kRead));
  const absl::optional<SegmentFileName> name = ParseSegmentFileName(NameOf(path));
  TM_ASSIGN_OR_RETURN(
      SegmentSurvey survey,
      SegmentSurvey::Create(file.get(), name.has_value() ? name->offset : Offset(0)));
  for (;;) {
    TM_ASSIGN_OR_RETURN(absl::optional<SegmentPart> part, survey.Next());
    if (!part.has_value()) return absl::OkStatus();
    bool goes_on = true;
    switch (part->kind) {
      case SegmentPart::Kind::kBatch:
        goes_on = visit(BatchItem{part->position, *part->batch, absl::OkStatus(),
                                  ReadTransactionMarker(*part->batch)});
        break;
      case SegmentPart::Kind::kBadBatch:
        goes_on =
            visit(BatchItem{part->position, *part->batch, absl::DataLossError(part->reason)}) &&
            visit(DamageOrNote(file_system, path, *part));
        break;
      case SegmentPart::Kind::kZeroTail:
        goes_on = visit(NoteItem{part->position, absl::StrCat(part->size_bytes,
                                                              " zeros up to the end of the file: "
                                                              "space for batches to come")});
        break;
      case SegmentPart::Kind::kUnreadable:
        if (part->position == FilePosition(0) && !part->is_followed && !name.has_value()) {
          return absl::InvalidArgumentError(
              absl::StrCat(path, ": not a segment of a log: ", part->reason));
        }
        goes_on = visit(DamageOrNote(file_system, path, *part));
        break;
      case SegmentPart::Kind::kUnsupported:
        return absl::InvalidArgumentError(absl::StrCat(path, ": ", part->reason));
    }
    if (!goes_on) return absl::OkStatus();
  }
}

}  // namespace tidemark
