#ifndef TIDEMARK_STORAGE_INSPECT_INDEX_ENTRIES_H_
#define TIDEMARK_STORAGE_INSPECT_INDEX_ENTRIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/format/index_entry.h"
#include "storage/types.h"

namespace tidemark {

// More than an index file of an honest log has: its relative offsets and positions are 31 bits.
inline constexpr int64_t kIndexFileBytesMax = int64_t{1} << 31;

struct IndexProblem {
  FilePosition position;
  std::string message;
};

// An index file as it stands, without regard to its log.
template <typename Entry>
struct IndexEntries {
  std::vector<Entry> entries;  // All that are whole, those in the wrong order as well.
  int64_t padding_bytes = 0;   // Zeros behind them, as a writer that has not closed leaves.
  std::vector<IndexProblem> problems;
};

IndexEntries<OffsetIndexEntry> ParseOffsetIndex(absl::string_view bytes);
IndexEntries<TimeIndexEntry> ParseTimeIndex(absl::string_view bytes);
IndexEntries<TransactionIndexEntry> ParseTransactionIndex(absl::string_view bytes);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_INDEX_ENTRIES_H_
