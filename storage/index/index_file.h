#ifndef TIDEMARK_STORAGE_INDEX_INDEX_FILE_H_
#define TIDEMARK_STORAGE_INDEX_INDEX_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/env.h"
#include "storage/index/segment_index.h"

namespace tidemark {

// Where a segment's two index files are.
struct IndexPaths {
  std::string offset_index;
  std::string time_index;
};

// Fills the empty `index` from the files. Entries must rise, lie inside a .log of `log_size_bytes`
// and fill the files, except for zeros at the end that a writer that did not close left. DATA_LOSS,
// naming file and entry, for anything else; NOT_FOUND if a file is absent; both mean that the index
// has to be rebuilt from the log, and that `index` is to be thrown away. Memory is bounded by the
// batches that the log has room for, however large the files are.
absl::Status LoadIndexFiles(FileSystem* file_system, const IndexPaths& paths,
                            int64_t log_size_bytes, SegmentIndex* index);

// Makes the files hold what `index` does, on stable storage but for their names.
absl::Status StoreIndexFiles(FileSystem* file_system, const IndexPaths& paths,
                             const SegmentIndex& index);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INDEX_INDEX_FILE_H_
