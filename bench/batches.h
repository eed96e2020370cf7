#ifndef TIDEMARK_BENCH_BATCHES_H_
#define TIDEMARK_BENCH_BATCHES_H_

// The records of a load, as values and as Kafka's batches, and how they are found to be all there.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bench/contender.h"

namespace tidemark {

// Bytes that do not compress, the same in every run.
std::string Noise(int64_t size_bytes);

// The values of a batch. All batches of a load have the same.
class BatchValues {
 public:
  explicit BatchValues(const Load& load);

  const std::vector<absl::string_view>& values() const { return values_; }
  // Of the record with this number in the load.
  absl::string_view ValueOf(int64_t number) const {
    return values_[static_cast<size_t>(number) % values_.size()];
  }

 private:
  std::string noise_;
  std::vector<absl::string_view> values_;
};

// One finished batch of the load, with its CRC, stamped with the present time.
std::string MakeBatch(const Load& load);

// DATA_LOSS unless `bytes` are whole batches with the payload of `batch` and a right CRC. Adds to
// `batches` how many.
absl::Status CheckBatches(absl::string_view bytes, absl::string_view batch, int64_t* batches);

// DATA_LOSS, saying how many, unless both are equal.
absl::Status RequireCount(absl::string_view what, int64_t found, int64_t expected);

// UNAVAILABLE with the reason if a system call returned less than 0.
absl::Status CallStatus(absl::string_view what, int64_t result);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_BATCHES_H_
