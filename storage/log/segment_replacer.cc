#include "storage/log/segment_replacer.h"

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"
#include "storage/index/index_file.h"
#include "storage/index/transaction_index.h"
#include "storage/log/segment_swap.h"

namespace tidemark {
namespace {

constexpr SegmentFileKind kKinds[] = {SegmentFileKind::kLog, SegmentFileKind::kOffsetIndex,
                                      SegmentFileKind::kTimeIndex,
                                      SegmentFileKind::kTransactionIndex};

std::string PathOf(const std::string& directory, Offset base_offset, SegmentFileKind kind,
                   SegmentFileState state) {
  return absl::StrCat(directory, "/", FormatSegmentFileName({base_offset, kind, state}));
}

}  // namespace

absl::Status SegmentReplacer::Replace(absl::Span<const SegmentInfo> covered,
                                      int64_t cleaned_bytes) {
  if (covered.empty()) return absl::InvalidArgumentError("no segments to be replaced");
  const Offset base_offset = covered[0].base_offset;
  absl::Status fenced;
  const absl::Status status = parts_.writer->RunBesideAppends([&]() -> absl::Status {
    TM_ASSIGN_OR_RETURN(const Segments found, FindCovered(covered));
    TM_ASSIGN_OR_RETURN(const std::shared_ptr<Segment> cleaned,
                        OpenCleaned(base_offset, cleaned_bytes));
    TM_RETURN_IF_ERROR(ForgetJournaled());
    absl::Status swapped = MarkForSwap(base_offset);
    if (absl::IsAborted(swapped)) return swapped;
    if (swapped.ok()) swapped = Swap(found, cleaned);
    if (swapped.ok()) return swapped;
    // What the files say now, only an opening makes out.
    fenced = absl::FailedPreconditionError(
        absl::StrCat("fenced: a compacted segment could not take its place, open the log again: ",
                     swapped.message()));
    return swapped;
  });
  if (!fenced.ok()) parts_.writer->Stop(fenced);
  return status;
}

// What is committed from then on is of the active segment, which is not replaced.
absl::Status SegmentReplacer::ForgetJournaled() const {
  parts_.commit->Pause();
  absl::Status status = parts_.journal->Forget();
  parts_.commit->ResumeQuietly();
  return status;
}

absl::StatusOr<SegmentReplacer::Segments> SegmentReplacer::FindCovered(
    absl::Span<const SegmentInfo> covered) const {
  const Segments all = parts_.segments->From(covered[0].base_offset);
  // The last one is active.
  if (covered.size() >= all.size()) {
    return absl::AbortedError("the segments to be replaced are not there, or one is active");
  }
  for (size_t i = 0; i < covered.size(); ++i) {
    if (all[i]->id() != covered[i].id) {
      return absl::AbortedError(absl::StrCat(all[i]->log_path(), ": is another segment by now"));
    }
  }
  const Offset end = all[covered.size()]->base_offset();
  if (end > parts_.high_watermark() || end > parts_.syncer->first_unfinished()) {
    return absl::AbortedError(absl::StrCat("the segments up to offset ", end.value(),
                                           " are not all synced and replicated"));
  }
  return Segments(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(covered.size()));
}

absl::StatusOr<std::shared_ptr<Segment>> SegmentReplacer::OpenCleaned(Offset base_offset,
                                                                      int64_t cleaned_bytes) const {
  const auto path_of = [&](SegmentFileKind kind) {
    return PathOf(parts_.directory->path(), base_offset, kind, SegmentFileState::kCleaned);
  };
  const std::string log_path = path_of(SegmentFileKind::kLog);
  FileSystem* const file_system = parts_.environment.file_system;
  TM_ASSIGN_OR_RETURN(std::shared_ptr<File> file, file_system->Open(log_path, OpenMode::kRead));
  TM_ASSIGN_OR_RETURN(const int64_t found_bytes, file->Size());
  if (found_bytes != cleaned_bytes) {
    return absl::DataLossError(
        absl::StrCat(log_path, ": has ", found_bytes, " bytes, expected ", cleaned_bytes));
  }
  const int64_t interval = parts_.writer->config().index_interval_bytes;
  auto index = std::make_shared<SegmentIndex>(base_offset, interval);
  TM_RETURN_IF_ERROR(LoadIndexFiles(
      file_system, {path_of(SegmentFileKind::kOffsetIndex), path_of(SegmentFileKind::kTimeIndex)},
      cleaned_bytes, index.get()));
  std::shared_ptr<MappedRegion> region;
  if (cleaned_bytes > 0) {
    TM_ASSIGN_OR_RETURN(region, file->Map(MapMode::kRead, cleaned_bytes));
  }
  auto cleaned = std::make_shared<Segment>(parts_.environment, parts_.directory->path(),
                                           base_offset, interval, cleaned_bytes);
  cleaned->set_synced_bytes(cleaned_bytes);
  TM_ASSIGN_OR_RETURN(
      const std::vector<TransactionIndexEntry> aborted,
      LoadTransactionIndex(file_system, path_of(SegmentFileKind::kTransactionIndex), base_offset));
  for (const TransactionIndexEntry& entry : aborted) cleaned->AddAborted(entry);
  cleaned->Hold(std::move(file), std::move(region), std::move(index));
  return cleaned;
}

// ABORTED if it failed and is undone.
absl::Status SegmentReplacer::MarkForSwap(Offset base_offset) const {
  FileSystem* const file_system = parts_.environment.file_system;
  const absl::Status marked = MarkCleanedForSwap(parts_.directory, base_offset);
  if (marked.ok()) return marked;
  // In this order: what is being cleaned speaks against the swap.
  for (const SegmentFileState state : {SegmentFileState::kSwap, SegmentFileState::kCleaned}) {
    for (const SegmentFileKind kind : kKinds) {
      const absl::Status removed =
          file_system->Remove(PathOf(parts_.directory->path(), base_offset, kind, state));
      if (!removed.ok() && !absl::IsNotFound(removed)) return marked;
    }
    if (!parts_.directory->Sync().ok()) return marked;
  }
  return absl::AbortedError(marked.message());
}

absl::Status SegmentReplacer::Swap(const Segments& covered,
                                   const std::shared_ptr<Segment>& cleaned) const {
  std::vector<Offset> base_offsets;
  for (const auto& segment : covered) base_offsets.push_back(segment->base_offset());
  parts_.segments->Replace(base_offsets, cleaned);
  for (const auto& segment : covered) segment->Retire();
  TM_RETURN_IF_ERROR(MarkCoveredDeleted(parts_.directory, base_offsets));
  TM_RETURN_IF_ERROR(CompleteSwap(parts_.directory, cleaned->base_offset()));
  for (const auto& segment : covered) parts_.environment.open_files->Forget(segment->log_path());
  cleaned->ServeByName();
  parts_.remover->RemoveLater(base_offsets, parts_.writer->config().file_delete_delay);
  return absl::OkStatus();
}

}  // namespace tidemark
