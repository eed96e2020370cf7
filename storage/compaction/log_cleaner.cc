#include "storage/compaction/log_cleaner.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/compaction/batch_rewriter.h"
#include "storage/compaction/cleaned_segment_writer.h"
#include "storage/compaction/cleaned_transactions.h"
#include "storage/compaction/offset_map_build.h"
#include "storage/compaction/retain_decision.h"
#include "storage/compaction/sip_hash.h"
#include "storage/format/file_names.h"
#include "storage/record.h"

namespace tidemark {
namespace {

using Group = absl::Span<const CompactionSegment>;

// The second half of a pass: the keys are known.
class GroupCleaner {
 public:
  GroupCleaner(FileSystem* file_system, CleanableLog* log, const KeyOffsetMap& map,
               const CleaningLimits& limits, const CompactionConfig& config,
               CleaningContext context, Offset map_end, CleaningPass* pass)
      : file_system_(file_system),
        log_(log),
        map_(map),
        limits_(limits),
        config_(config),
        map_end_(map_end),
        context_(std::move(context)),
        rewriter_(context_.now + absl::ToInt64Milliseconds(config.delete_retention), config.codec,
                  config.compression_level),
        pass_(pass) {}

  // Cleans the next group and puts the result in its place. `group_end` is where the segment behind
  // it begins.
  absl::Status Clean(Group group, Offset group_end) {
    CleaningPass counts = *pass_;
    TM_ASSIGN_OR_RETURN(
        const std::unique_ptr<CleanedSegmentWriter> writer,
        CleanedSegmentWriter::Create(file_system_, log_->directory(), group.front().base_offset,
                                     config_.index_interval_bytes));
    for (size_t i = 0; i < group.size(); ++i) {
      const Offset segment_end = i + 1 < group.size() ? group[i + 1].base_offset : group_end;
      TM_RETURN_IF_ERROR(CleanSegment(group[i], segment_end, writer.get(), &counts));
      counts.bytes_before += group[i].size_bytes;
    }
    TM_ASSIGN_OR_RETURN(const CleanedSegment cleaned, writer->Finish());
    TM_RETURN_IF_ERROR(limits_.check());
    const absl::Status status = log_->ReplaceSegments(group, cleaned);
    // What has begun is for the log to finish, here or at the next opening.
    if (status.ok() || !writer->IsUntouched()) writer->Release();
    TM_RETURN_IF_ERROR(status);
    counts.bytes_after += cleaned.size_bytes;
    counts.segments_before += static_cast<int64_t>(group.size());
    ++counts.segments_after;
    *pass_ = counts;
    return absl::OkStatus();
  }

 private:
  absl::Status CleanSegment(const CompactionSegment& segment, Offset segment_end,
                            CleanedSegmentWriter* writer, CleaningPass* counts) {
    // Of the whole segment, also where only a part of it is to be cleaned: its index is made anew.
    TM_ASSIGN_OR_RETURN(const std::vector<TransactionIndexEntry> aborted,
                        log_->AbortedTransactions(segment.base_offset, segment_end));
    transactions_.AddAborted(aborted);
    const auto clean = [&](const RecordBatchView& batch) -> absl::StatusOr<bool> {
      TM_RETURN_IF_ERROR(CleanBatch(batch, writer, counts));
      return true;
    };
    TM_RETURN_IF_ERROR(WalkSegment(*log_, segment, segment_end, limits_, clean));
    writer->AddAborted(transactions_.TakeKept());
    return absl::OkStatus();
  }

  absl::Status CleanBatch(const RecordBatchView& batch, CleanedSegmentWriter* writer,
                          CleaningPass* counts) {
    TM_ASSIGN_OR_RETURN(const bool is_spent, transactions_.OnBatch(batch));
    const BatchDecision decision = DecideBatch(batch, is_spent, context_);
    const auto keeps = [&](absl::Span<const RecordView> records, absl::Span<bool> kept) {
      AskOf(batch, records, kept, counts);
    };
    TM_ASSIGN_OR_RETURN(const RewrittenBatch left, rewriter_.Rewrite(batch, decision, keeps));
    counts->records_before += batch.record_count();
    counts->records_after += left.record_count;
    if (left.bytes.empty()) return absl::OkStatus();
    const absl::StatusOr<RecordBatchView> written = RecordBatchView::Parse(left.bytes);
    TM_CHECK(written.ok());
    TM_RETURN_IF_ERROR(limits_.Spend(written->size_bytes()));
    return writer->Append(*written);
  }

  // The hashes first, then what the map says: the slots are fetched together.
  void AskOf(const RecordBatchView& batch, absl::Span<const RecordView> records,
             absl::Span<bool> kept, CleaningPass* counts) const {
    if (batch.is_control()) {
      std::fill(kept.begin(), kept.end(), true);
      return;
    }
    std::array<Hash128, BatchRewriter::kRecordsAtOnceMax> keys;
    for (size_t i = 0; i < records.size(); ++i) {
      if (records[i].key.has_value()) keys[i] = map_.HashOf(*records[i].key);
    }
    for (size_t i = 0; i < records.size(); ++i) {
      const RecordView& record = records[i];
      absl::optional<Offset> latest;
      if (record.key.has_value()) {
        latest = map_.Find(keys[i]);
      } else if (record.offset < map_end_) {
        ++counts->keyless_records;
      }
      kept[i] = KeepsRecord(batch, record, latest, map_end_ - 1, context_.now);
    }
  }

  FileSystem* const file_system_;
  CleanableLog* const log_;
  const KeyOffsetMap& map_;
  const CleaningLimits& limits_;
  const CompactionConfig& config_;
  const Offset map_end_;
  const CleaningContext context_;
  BatchRewriter rewriter_;
  CleanedTransactions transactions_;
  CleaningPass* const pass_;
};

// What an earlier cleaning could not remove must not be there while segments are swapped: at an
// opening after a crash it would say that a swap of a later segment does not count.
absl::Status RemoveLeftovers(FileSystem* file_system, const CleanableLog& log) {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries,
                      file_system->List(log.directory()));
  for (const DirectoryEntry& entry : entries) {
    const absl::optional<SegmentFileName> name = ParseSegmentFileName(entry.name);
    if (!name.has_value()) continue;
    const std::string path = absl::StrCat(log.directory(), "/", entry.name);
    if (name->state == SegmentFileState::kSwap) {
      return absl::FailedPreconditionError(absl::StrCat(
          path, ": a compaction was interrupted here; open the data directory anew to finish it"));
    }
    if (name->state == SegmentFileState::kCleaned) TM_RETURN_IF_ERROR(file_system->Remove(path));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> SizeOfIndex(FileSystem* file_system, const CleanableLog& log,
                                    Offset base_offset, SegmentFileKind kind) {
  const absl::StatusOr<FileInfo> info = file_system->Stat(absl::StrCat(
      log.directory(), "/", FormatSegmentFileName({base_offset, kind, SegmentFileState::kLive})));
  if (absl::IsNotFound(info.status())) return 0;
  if (!info.ok()) return info.status();
  return info->size_bytes;
}

}  // namespace

absl::Status LogCleaner::CleanOnce(CleanableLog* log, const CleanableState& state,
                                   const CompactionPlan& plan, const CompactionConfig& config,
                                   Timestamp now, CleaningPass* pass) {
  pass->end = plan.first_dirty;
  TM_RETURN_IF_ERROR(RemoveLeftovers(file_system_, *log));
  TM_ASSIGN_OR_RETURN(const Offset end, BuildOffsetMap(*log, state.segments, plan, limits_, &map_));
  std::vector<CompactionSegment> segments = state.segments;
  std::erase_if(segments, [&](const CompactionSegment& segment) {
    return segment.base_offset >= plan.first_uncleanable;
  });
  for (CompactionSegment& segment : segments) {
    TM_ASSIGN_OR_RETURN(
        segment.offset_index_bytes,
        SizeOfIndex(file_system_, *log, segment.base_offset, SegmentFileKind::kOffsetIndex));
    TM_ASSIGN_OR_RETURN(
        segment.time_index_bytes,
        SizeOfIndex(file_system_, *log, segment.base_offset, SegmentFileKind::kTimeIndex));
  }
  CleaningContext context{now, plan.first_uncleanable, {}};
  TM_ASSIGN_OR_RETURN(context.producers, log->LastRecordsOfProducers());
  GroupCleaner cleaner(file_system_, log, map_, limits_, config, std::move(context), end, pass);
  const std::vector<Group> groups = GroupSegments(segments, end, plan.first_uncleanable, config);
  for (size_t i = 0; i < groups.size(); ++i) {
    const CompactionSegment* const behind = groups[i].data() + groups[i].size();
    const bool is_last = behind == segments.data() + segments.size();
    TM_RETURN_IF_ERROR(
        cleaner.Clean(groups[i], is_last ? plan.first_uncleanable : behind->base_offset));
  }
  pass->end = end;
  return absl::OkStatus();
}

}  // namespace tidemark
