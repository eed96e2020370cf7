#ifndef TIDEMARK_API_CLI_GATHERED_BATCH_H_
#define TIDEMARK_API_CLI_GATHERED_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "storage/record.h"

namespace tidemark {

// Records on their way into one batch, with their bytes. Keeps its memory when it is cleared.
class GatheredBatch {
 public:
  // The least that a batch of one record takes besides the record's key and value: the batch's
  // header, and one byte for each number of the record.
  static constexpr int64_t kOverheadBytesMin = 61 + 7;

  bool empty() const { return pieces_.empty(); }
  int64_t record_count() const { return static_cast<int64_t>(pieces_.size()); }
  // An upper bound on the batch's size without compression.
  int64_t size_bytes() const { return size_bytes_; }
  // The bound with one more record.
  int64_t SizeBytesWith(const Record& record) const;

  // Copies the record's key and value. Headers and timestamps are not taken.
  void Add(const Record& record);

  // Replaces `records` with what was added, as views that hold until the next Add or Clear.
  void GetRecords(std::vector<Record>* records) const;

  void Clear();

 private:
  struct Piece {
    absl::optional<size_t> key_bytes;
    absl::optional<size_t> value_bytes;
  };

  int64_t size_bytes_ = kOverheadBytesMin;
  std::string bytes_;  // Keys and values, back to back.
  std::vector<Piece> pieces_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_GATHERED_BATCH_H_
