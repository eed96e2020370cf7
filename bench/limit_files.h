#ifndef TIDEMARK_BENCH_LIMIT_FILES_H_
#define TIDEMARK_BENCH_LIMIT_FILES_H_

// The files that a limit writes: one for each partition, with a place for each batch.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "bench/bare_file.h"

namespace tidemark {

class LimitFiles {
 public:
  // Makes `files` files with room for `batches` places of `place_bytes` in all; written once
  // before, if `are_written`.
  absl::Status Make(const std::string& directory, int files, int64_t batches, int64_t place_bytes,
                    bool are_written);

  // The file and position of a batch, in rotation.
  const BareFile& FileOf(int64_t batch) const {
    return *files_[static_cast<size_t>(batch) % files_.size()];
  }
  int64_t PositionOf(int64_t batch) const {
    return batch / static_cast<int64_t>(files_.size()) * place_bytes_;
  }

  // Takes them out of the page cache, for those who write past it.
  absl::Status Evict();

  // DATA_LOSS unless all places begin with `batch`, as the system's cache and disk have them.
  absl::Status Check(absl::string_view batch) const;
  void Close() { files_.clear(); }

 private:
  std::vector<std::unique_ptr<BareFile>> files_;
  int64_t batches_ = 0;
  int64_t place_bytes_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_LIMIT_FILES_H_
