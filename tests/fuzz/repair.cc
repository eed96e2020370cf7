#include "tests/fuzz/repair.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/engine/checked_text.h"
#include "storage/format/crc32c.h"
#include "storage/format/record_batch_layout.h"

namespace tidemark {

std::string RepairBatches(absl::string_view bytes) {
  namespace layout = record_batch_layout;
  std::string repaired(bytes);
  size_t at = 0;
  while (repaired.size() - at >= layout::kHeaderBytes) {
    const int32_t length = LoadBigEndian<int32_t>(repaired.data() + at + layout::kBatchLength);
    if (length < layout::kBatchLengthMin) break;
    const size_t size = layout::kLengthOverheadBytes + static_cast<size_t>(length);
    if (size > repaired.size() - at) break;
    const absl::string_view batch = absl::string_view(repaired).substr(at, size);
    StoreBigEndian(Crc32c(batch.substr(layout::kAttributes)), repaired.data() + at + layout::kCrc);
    at += size;
  }
  return repaired;
}

std::string RepairSnapshot(absl::string_view bytes) {
  constexpr size_t kCrcPosition = 2;
  constexpr size_t kSummedPosition = 6;
  std::string repaired(bytes);
  if (bytes.size() < kSummedPosition) return repaired;
  StoreBigEndian(Crc32c(bytes.substr(kSummedPosition)), repaired.data() + kCrcPosition);
  return repaired;
}

std::string RepairCheckedText(absl::string_view text) {
  constexpr absl::string_view kSeparator = ": ";
  std::vector<TextLine> lines;
  while (!text.empty()) {
    const absl::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const size_t separator = line.find(kSeparator);
    if (separator == absl::string_view::npos) continue;
    const absl::string_view key = line.substr(0, separator);
    if (key == "version" || key == "crc32c") continue;
    lines.push_back({std::string(key), std::string(line.substr(separator + kSeparator.size()))});
  }
  return FormatCheckedText(lines);
}

}  // namespace tidemark
