#ifndef TIDEMARK_BENCH_BARE_BATCHES_H_
#define TIDEMARK_BENCH_BARE_BATCHES_H_

// The least that a reader of batches has to do, for the bare loops: docs/format/record_batch.md.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"
#include "bench/read_tally.h"
#include "storage/format/crc32c.h"
#include "storage/format/record_batch_layout.h"
#include "storage/format/varint.h"

namespace tidemark {

inline uint32_t BareUint32(absl::string_view bytes, size_t position) {
  uint32_t value = 0;
  std::memcpy(&value, bytes.data() + position, sizeof(value));
  return __builtin_bswap32(value);
}

// The size of the whole batch at the start of `bytes`; 0 if they end before it does.
inline size_t BareBatchSize(absl::string_view bytes) {
  namespace layout = record_batch_layout;
  if (bytes.size() < layout::kHeaderBytes) return 0;
  const size_t size = BareUint32(bytes, layout::kBatchLength) + layout::kLengthOverheadBytes;
  return size <= bytes.size() ? size : 0;
}

inline bool BareCrcHolds(absl::string_view batch) {
  namespace layout = record_batch_layout;
  return Crc32c(batch.substr(layout::kAttributes)) == BareUint32(batch, layout::kCrc);
}

// Parses every record without a key and headers. False if one cannot be right.
inline bool BareRecords(absl::string_view batch, ReadTally* tally) {
  namespace layout = record_batch_layout;
  const uint32_t count = BareUint32(batch, layout::kRecordCount);
  absl::string_view rest = batch.substr(layout::kHeaderBytes);
  for (uint32_t i = 0; i < count; ++i) {
    int32_t size = 0;
    if (!TakeVarint(&rest, &size) || static_cast<size_t>(size) > rest.size()) return false;
    absl::string_view record = rest.substr(1, static_cast<size_t>(size) - 1);
    int64_t timestamp_delta = 0;
    int32_t offset_delta = 0;
    int32_t key_size = 0;
    int32_t value_size = 0;
    if (!TakeVarlong(&record, &timestamp_delta) || !TakeVarint(&record, &offset_delta) ||
        !TakeVarint(&record, &key_size) || !TakeVarint(&record, &value_size)) {
      return false;
    }
    if (key_size != -1 || static_cast<size_t>(value_size) > record.size()) return false;
    tally->value_bytes += value_size;
    rest.remove_prefix(static_cast<size_t>(size));
  }
  tally->records += count;
  return rest.empty();
}

// Takes the whole batches off the front of `bytes`. False if one is damaged.
inline bool TakeBareBatches(absl::string_view* bytes, ReadWork work, ReadTally* tally) {
  for (size_t size = BareBatchSize(*bytes); size > 0; size = BareBatchSize(*bytes)) {
    const absl::string_view batch = bytes->substr(0, size);
    if (!BareCrcHolds(batch)) return false;
    if (work == ReadWork::kCrcAndRecords && !BareRecords(batch, tally)) return false;
    ++tally->batches;
    bytes->remove_prefix(size);
  }
  return true;
}

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_BARE_BATCHES_H_
