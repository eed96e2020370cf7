#ifndef TIDEMARK_BENCH_SUPPORT_H_
#define TIDEMARK_BENCH_SUPPORT_H_

// What the benchmarks share: a place on a disk, an engine in it, and batches to append.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/engine.h"
#include "storage/env.h"
#include "storage/log.h"
#include "storage/record_batch_builder.h"

namespace tidemark {

// Ends the program with a message: a benchmark that failed has measured nothing.
[[noreturn]] void Fail(const absl::Status& status);

inline void Require(const absl::Status& status) {
  if (!status.ok()) [[unlikely]]
    Fail(status);
}

// The same for a system call that returned `result`.
void RequireCall(absl::string_view what, int64_t result);

template <typename T>
T ValueOf(absl::StatusOr<T>&& value) {
  if (!value.ok()) [[unlikely]]
    Fail(value.status());
  return *std::move(value);
}

// A log grows to this size before it is replaced: what is not yet written back fits in memory.
inline constexpr int64_t kLogBytesMax = int64_t{256} << 20;

// How the records and batches of a run look.
struct Shape {
  int64_t value_bytes = 0;
  int64_t batch_bytes = 0;  // As many records as fit; 0: one record a batch.
};
// From the arguments that ApplyShapes gave.
Shape ShapeOf(const benchmark::State& state);
// 100 B and 1 KiB values, one by one and in batches of 16 KiB.
void ApplyShapes(benchmark::internal::Benchmark* benchmark);

// Bytes that do not compress, the same in every run.
std::string Noise(int64_t size_bytes);

// Adds the shape's records, each with `value`. Returns how many.
int64_t AddRecords(const Shape& shape, absl::string_view value, RecordBatchBuilder* builder);

struct EncodedBatch {
  std::string bytes;
  int64_t record_count = 0;
};
EncodedBatch MakeBatch(const Shape& shape);

// True while the library looks how many iterations it takes, and in a smoke test: no need to warm
// up.
inline bool IsTrial(const benchmark::State& state) { return state.max_iterations <= 1; }

// Items are records.
void Count(int64_t records, int64_t bytes, benchmark::State* state);

// The directory below which all files are made: $TIDEMARK_BENCH_DIR, or else /var/tmp.
std::string BenchDirectory();

// A new directory with an engine in it. Both go with it.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Replaces the log by an empty one.
  std::shared_ptr<ReplicaLog> NewLog();

  // A name for a file of the benchmark's own.
  std::string FilePath(absl::string_view name) const;

 private:
  const std::string directory_;
  const std::unique_ptr<FileSystem> file_system_;
  const std::unique_ptr<Clock> clock_;
  const std::unique_ptr<Executor> executor_;
  const std::unique_ptr<Random> random_;
  std::unique_ptr<StorageEngine> engine_;
};

// Appends to a log, which it replaces, off the clock, when it is large enough.
class LogFiller {
 public:
  // Warms memory up, so that what follows runs in pages that the machine has already given.
  LogFiller(Workspace* workspace, benchmark::State* state);

  Log& log() { return *log_; }

  AppendResult Append(absl::Span<char> batch, bool is_trusted) {
    if (bytes_ >= kLogBytesMax) [[unlikely]]
      Replace();
    bytes_ += static_cast<int64_t>(batch.size());
    AppendOptions options;
    options.is_trusted = is_trusted;
    return ValueOf(log_->Append(batch, options));
  }

 private:
  void Replace();

  Workspace* const workspace_;
  benchmark::State* const state_;
  std::shared_ptr<Log> log_;
  int64_t bytes_ = 0;
};

// Fills `log` with batches up to `size_bytes`. Returns the number of records.
int64_t FillLog(const Shape& shape, int64_t size_bytes, Log* log);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_SUPPORT_H_
