#include "storage/compaction/first_timestamps.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/types/span.h"
#include "storage/base/bytes.h"
#include "storage/env.h"
#include "storage/format/record_batch_layout.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

Timestamp ReadFirstTimestamp(File* file) {
  std::array<char, layout::kHeaderBytes> header;
  const absl::StatusOr<int64_t> read = file->Read(0, absl::MakeSpan(header));
  if (!read.ok() || *read < static_cast<int64_t>(header.size())) return kNoTimestamp;
  if (LoadBigEndian<int8_t>(header.data() + layout::kMagic) != layout::kMagicValue) {
    return kNoTimestamp;
  }
  return Timestamp(LoadBigEndian<int64_t>(header.data() + layout::kMaxTimestamp));
}

}  // namespace

void FillFirstTimestamps(const CleanableLog& log, Offset first_dirty, CleanableState* state) {
  for (size_t i = 0; i + 1 < state->segments.size(); ++i) {
    CompactionSegment& segment = state->segments[i];
    if (state->segments[i + 1].base_offset <= first_dirty || segment.size_bytes == 0) continue;
    const absl::StatusOr<std::shared_ptr<File>> file = log.OpenSegment(segment.base_offset);
    if (file.ok()) segment.first_timestamp = ReadFirstTimestamp(file->get());
  }
}

}  // namespace tidemark
