#include "storage/segment/damage_search.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/base/bytes.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/format/record_batch_layout.h"
#include "storage/segment/batch_scanner.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

constexpr int64_t kHeaderBytes = layout::kHeaderBytes;

// What looks like the beginning of a batch is followed up to this often the bytes there are.
constexpr int64_t kWorkFactor = 8;

struct GoodPlace {
  int64_t position = 0;
  Offset base_offset;
};

class DamageSearch {
 public:
  DamageSearch(File* file, const DamagePlace& place)
      : file_(file),
        place_(place),
        work_bytes_left_(kWorkFactor * (place.file_bytes - place.position)) {}

  absl::StatusOr<absl::optional<GoodPlace>> Find() {
    TM_ASSIGN_OR_RETURN(absl::optional<GoodPlace> found, BehindTheFrame());
    if (found.has_value()) return found;
    return FirstRowToTheEnd();
  }

 private:
  absl::StatusOr<absl::optional<GoodPlace>> BehindTheFrame() {
    std::string header(layout::kHeaderBytes, '\0');
    TM_ASSIGN_OR_RETURN(const int64_t read, file_->Read(place_.position, absl::MakeSpan(header)));
    const int64_t length = LoadBigEndian<int32_t>(header.data() + layout::kBatchLength);
    const int64_t next =
        place_.position + static_cast<int64_t>(layout::kLengthOverheadBytes) + length;
    if (read < kHeaderBytes || length < layout::kBatchLengthMin || next >= place_.file_bytes) {
      return absl::optional<GoodPlace>();
    }
    BatchScanner scanner(file_, next, place_.file_bytes, kLocateBytes);
    TM_ASSIGN_OR_RETURN(const bool is_batch, scanner.Next());
    if (!is_batch) return absl::optional<GoodPlace>();
    const RecordBatchView& batch = scanner.batch();
    const int64_t delta = LoadBigEndian<int32_t>(header.data() + layout::kLastOffsetDelta);
    const Offset due = place_.continuity.next_offset + delta + 1;
    const bool continues = place_.continuity.gaps_allowed
                               ? batch.base_offset() > place_.continuity.next_offset
                               : delta >= 0 && batch.base_offset() == due;
    if (!continues || batch.base_offset() > place_.base_offset_max || !batch.VerifyCrc().ok() ||
        IsOfEarlierEpoch(batch.leader_epoch())) {
      return absl::optional<GoodPlace>();
    }
    return absl::optional<GoodPlace>({next, batch.base_offset()});
  }

  bool IsOfEarlierEpoch(LeaderEpoch epoch) const {
    return epoch != kNoLeaderEpoch && epoch < place_.continuity.leader_epoch;
  }

  absl::StatusOr<absl::optional<GoodPlace>> FirstRowToTheEnd() {
    std::string chunk;
    // The one that should stand at the position itself has been looked at.
    for (int64_t at = place_.position + 1; place_.file_bytes - at >= kHeaderBytes;) {
      chunk.resize(static_cast<size_t>(std::min(kScanBytes, place_.file_bytes - at)));
      TM_ASSIGN_OR_RETURN(const int64_t read, file_->Read(at, absl::MakeSpan(chunk)));
      if (read < kHeaderBytes) break;
      const int64_t starts = read - kHeaderBytes + 1;
      for (int64_t i = 0; i < starts; ++i) {
        if (!MayBegin(chunk.data() + i, at + i)) continue;
        TM_ASSIGN_OR_RETURN(const absl::optional<Offset> base_offset, RowFrom(at + i));
        if (base_offset.has_value()) {
          return absl::optional<GoodPlace>({at + i, *base_offset});
        }
        if (work_bytes_left_ <= 0) return absl::optional<GoodPlace>();
      }
      at += starts;
    }
    return absl::optional<GoodPlace>();
  }

  bool MayBegin(const char* bytes, int64_t position) const {
    if (bytes[layout::kMagic] != layout::kMagicValue) return false;
    const Offset base(LoadBigEndian<int64_t>(bytes + layout::kBaseOffset));
    const int64_t length = LoadBigEndian<int32_t>(bytes + layout::kBatchLength);
    return base > place_.continuity.next_offset && base <= place_.base_offset_max &&
           length >= layout::kBatchLengthMin &&
           length + static_cast<int64_t>(layout::kLengthOverheadBytes) <=
               place_.file_bytes - position;
  }

  // The base offset of the batch at `position` if good ones lead from it to the end of the log or
  // segment. Where there are gaps, the file's end will do: compaction may have taken what came
  // last.
  absl::StatusOr<absl::optional<Offset>> RowFrom(int64_t position) {
    BatchScanner scanner(file_, position, place_.file_bytes);
    Continuity continuity = place_.continuity;
    absl::optional<Offset> first;
    while (work_bytes_left_ > 0) {
      TM_ASSIGN_OR_RETURN(const bool is_batch, scanner.Next());
      if (!is_batch) {
        const bool is_end = continuity.gaps_allowed && scanner.stop() == BatchScanStop::kEnd;
        return is_end ? first : absl::nullopt;
      }
      const RecordBatchView& batch = scanner.batch();
      work_bytes_left_ -= batch.size_bytes();
      if (!first.has_value()) continuity.next_offset = batch.base_offset();
      if (!batch.VerifyCrc().ok() || !continuity.Check(batch).ok()) return absl::optional<Offset>();
      if (!first.has_value()) first = batch.base_offset();
      continuity.Advance(batch);
      if (continuity.next_offset >= place_.end_otherwise) return first;
    }
    return absl::optional<Offset>();
  }

  File* const file_;
  const DamagePlace& place_;
  int64_t work_bytes_left_;
};

}  // namespace

absl::StatusOr<DamagedRange> MeasureDamage(File* file, absl::string_view path,
                                           const DamagePlace& place, absl::string_view reason) {
  DamagedRange range{.file = std::string(path),
                     .position = FilePosition(place.position),
                     .length_bytes = place.file_bytes - place.position,
                     .first_offset = place.continuity.next_offset,
                     .end_offset = place.end_otherwise,
                     .reason = std::string(reason)};
  TM_ASSIGN_OR_RETURN(const absl::optional<GoodPlace> good, DamageSearch(file, place).Find());
  if (good.has_value()) {
    range.length_bytes = good->position - place.position;
    range.end_offset = good->base_offset;
  }
  return range;
}

absl::Status DamageError(const DamagedRange& range) {
  return absl::DataLossError(
      absl::StrCat(range.file, " at position ", range.position.value(), ": ", range.reason, "; ",
                   range.length_bytes, " bytes are damaged, with the offsets from ",
                   range.first_offset.value(), " on; the next that can be read is ",
                   range.end_offset.value(), ". Restore the file, or go on reading there"));
}

}  // namespace tidemark
