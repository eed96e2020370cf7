#ifndef TIDEMARK_BENCH_READ_TALLY_H_
#define TIDEMARK_BENCH_READ_TALLY_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "bench/batches.h"
#include "bench/contender.h"

namespace tidemark {

// What is done with each batch that was read.
enum class ReadWork {
  kCrc,            // Its CRC is summed and compared.
  kCrcAndRecords,  // Every record is parsed, too.
};

// Where the bytes are when a round begins.
enum class Cache {
  kWarm,
  kCold,  // On the disk alone.
};

inline std::string NameOf(ReadWork work) {
  return work == ReadWork::kCrc ? "CRC" : "CRC and records";
}

// Counts what a reader has seen.
struct ReadTally {
  int64_t batches = 0;
  int64_t records = 0;      // Those that were parsed.
  int64_t value_bytes = 0;  // Of those.

  absl::Status Check(const Load& load, ReadWork work) const {
    absl::Status status = RequireCount("batches", batches, load.batches * load.passes);
    return work == ReadWork::kCrc || !status.ok() ? status : CheckRecords(load);
  }
  absl::Status CheckRecords(const Load& load) const {
    const absl::Status status = RequireCount("records", records, load.records() * load.passes);
    if (!status.ok()) return status;
    return RequireCount("bytes", value_bytes, load.value_bytes() * load.passes);
  }
};

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_READ_TALLY_H_
