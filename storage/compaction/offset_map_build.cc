#include "storage/compaction/offset_map_build.h"

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/base/status_macros.h"
#include "storage/compaction/batch_rewriter.h"
#include "storage/compaction/cleaned_transactions.h"
#include "storage/compaction/sip_hash.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

// Notes keys a few at a time, so that their slots in the map are fetched together.
class KeyNotes {
 public:
  explicit KeyNotes(KeyOffsetMap* map) : map_(map) {}

  // False once the map is full; `end` moves behind what was noted.
  bool Add(absl::string_view key, Offset offset, Offset* end) {
    notes_[count_++] = {map_->HashOf(key), offset};
    return count_ < notes_.size() || Flush(end);
  }

  bool Flush(Offset* end) {
    const size_t count = std::exchange(count_, 0);
    for (const Note& note : absl::MakeConstSpan(notes_).first(count)) {
      if (!map_->Put(note.key, note.offset)) return false;
      *end = note.offset + 1;
    }
    return true;
  }

 private:
  struct Note {
    Hash128 key;
    Offset offset;
  };
  KeyOffsetMap* const map_;
  std::array<Note, BatchRewriter::kRecordsAtOnceMax> notes_;
  size_t count_ = 0;
};

// Notes the batch's keys; moves `end` behind what was noted. False once the map is full.
absl::StatusOr<bool> NoteKeys(const RecordBatchView& batch, Offset first_dirty, KeyOffsetMap* map,
                              Offset* end) {
  TM_ASSIGN_OR_RETURN(RecordReader reader, OpenRecords(batch));
  KeyNotes notes(map);
  RecordView record;
  while (true) {
    TM_ASSIGN_OR_RETURN(const bool has_record, reader.Next(&record));
    if (!has_record) break;
    if (!record.key.has_value() || record.offset < first_dirty) continue;
    if (!notes.Add(*record.key, record.offset, end)) return false;
  }
  if (!notes.Flush(end)) return false;
  *end = batch.next_offset();
  return true;
}

}  // namespace

absl::StatusOr<Offset> BuildOffsetMap(const CleanableLog& log,
                                      absl::Span<const CompactionSegment> segments,
                                      const CompactionPlan& plan, const CleaningLimits& limits,
                                      KeyOffsetMap* map) {
  map->Clear();
  CleanedTransactions transactions;
  TM_ASSIGN_OR_RETURN(const std::vector<TransactionIndexEntry> aborted,
                      log.AbortedTransactions(plan.first_dirty, plan.first_uncleanable));
  transactions.AddAborted(aborted);
  Offset end = plan.first_dirty;
  bool is_full = false;
  for (size_t i = 0; i < segments.size() && !is_full; ++i) {
    if (segments[i].base_offset >= plan.first_uncleanable) break;
    const Offset segment_end =
        i + 1 < segments.size() ? segments[i + 1].base_offset : plan.first_uncleanable;
    if (segment_end <= plan.first_dirty) continue;
    const auto note = [&](const RecordBatchView& batch) -> absl::StatusOr<bool> {
      TM_ASSIGN_OR_RETURN(const bool is_spent, transactions.OnBatch(batch));
      if (batch.last_offset() < plan.first_dirty) return true;
      if (is_spent || batch.is_control()) {
        end = batch.next_offset();
        return true;
      }
      TM_ASSIGN_OR_RETURN(const bool fits, NoteKeys(batch, plan.first_dirty, map, &end));
      is_full = !fits;
      return fits;
    };
    TM_RETURN_IF_ERROR(WalkSegment(log, segments[i], segment_end, limits, note));
    // Offsets that nobody has any more have been looked at, too.
    if (!is_full) end = segment_end;
  }
  return end;
}

}  // namespace tidemark
