#include "storage/segment/large_batch.h"

#include <algorithm>
#include <string>

#include "absl/types/span.h"
#include "storage/base/bytes.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/format/crc32c.h"
#include "storage/format/record_batch_layout.h"

namespace tidemark {

namespace layout = record_batch_layout;

absl::StatusOr<bool> LargeBatchIsRight(File* file, int64_t position, int64_t size_bytes) {
  char field[sizeof(uint32_t)];
  TM_ASSIGN_OR_RETURN(
      const int64_t field_bytes,
      file->Read(position + static_cast<int64_t>(layout::kCrc), absl::MakeSpan(field)));
  if (field_bytes < static_cast<int64_t>(sizeof(field))) return false;
  uint32_t found = 0;
  std::string piece;
  const int64_t end = position + size_bytes;
  for (int64_t at = position + static_cast<int64_t>(layout::kAttributes); at < end;) {
    piece.resize(static_cast<size_t>(std::min(kScanBytes, end - at)));
    TM_ASSIGN_OR_RETURN(const int64_t read, file->Read(at, absl::MakeSpan(piece)));
    if (read == 0) return false;
    found = ExtendCrc32c(found, {piece.data(), static_cast<size_t>(read)});
    at += read;
  }
  return found == LoadBigEndian<uint32_t>(field);
}

}  // namespace tidemark
