// How fast does a log in memory come back, front to back, with and without looking at it?

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "bench/bare_file.h"
#include "bench/support.h"
#include "storage/format/crc32c.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

constexpr int64_t kReadBytes = int64_t{1} << 20;
constexpr int64_t kLogBytes = int64_t{256} << 20;

int64_t LogBytes(const benchmark::State& state) {
  return IsTrial(state) ? 2 * kReadBytes : kLogBytes;
}

// What a reader does with the batches that it got.
enum class Look { kNot, kCrc, kRecords, kCrcAndRecords };

// Returns how many records there are.
int64_t LookAt(absl::string_view batches, Look look) {
  int64_t count = 0;
  RecordView record;
  while (!batches.empty()) {
    const RecordBatchView batch = ValueOf(RecordBatchView::Parse(batches));
    batches.remove_prefix(batch.bytes().size());
    count += batch.record_count();
    if (look == Look::kCrc || look == Look::kCrcAndRecords) Require(batch.VerifyCrc());
    if (look == Look::kRecords || look == Look::kCrcAndRecords) {
      RecordReader reader = ValueOf(RecordReader::Open(batch));
      while (ValueOf(reader.Next(&record))) benchmark::DoNotOptimize(record);
    }
  }
  return count;
}

// Calls `read(log, offset)` again and again over a whole log; it returns what it read.
template <typename Read>
void ReadThrough(benchmark::State& state, Read read) {
  Workspace workspace;
  const std::shared_ptr<Log> log = workspace.NewLog();
  FillLog(ShapeOf(state), LogBytes(state), log.get());
  const Offset log_end = log->offsets().log_end;
  Offset offset{0};
  int64_t bytes = 0;
  int64_t records = 0;
  for (auto _ : state) {
    const ReadInfo info = read(log.get(), offset, &bytes);
    records += info.next_offset - info.base_offset;
    offset = info.next_offset < log_end ? info.next_offset : Offset(0);
  }
  Count(records, bytes, &state);
}

ReadOptions Options() {
  ReadOptions options;
  options.bytes_max = kReadBytes;
  return options;
}

void ViewAnd(benchmark::State& state, Look look) {
  ReadThrough(state, [look](Log* log, Offset offset, int64_t* bytes) {
    const LogView view = ValueOf(log->View(offset, Options()));
    if (look != Look::kNot) benchmark::DoNotOptimize(LookAt(view.bytes, look));
    *bytes += static_cast<int64_t>(view.bytes.size());
    return view.info;
  });
}

// In place: only where each batch begins is looked at.
void View(benchmark::State& state) { ViewAnd(state, Look::kNot); }
BENCHMARK(View)->Apply(ApplyShapes);

void ViewAndCrc(benchmark::State& state) { ViewAnd(state, Look::kCrc); }
BENCHMARK(ViewAndCrc)->Apply(ApplyShapes);

void ViewAndRecords(benchmark::State& state) { ViewAnd(state, Look::kRecords); }
BENCHMARK(ViewAndRecords)->Apply(ApplyShapes);

void ViewAndCrcAndRecords(benchmark::State& state) { ViewAnd(state, Look::kCrcAndRecords); }
BENCHMARK(ViewAndCrcAndRecords)->Apply(ApplyShapes);

void ReadAnd(benchmark::State& state, Look look) {
  std::string out;
  ReadThrough(state, [look, &out](Log* log, Offset offset, int64_t* bytes) {
    const ReadInfo info = ValueOf(log->Read(offset, Options(), &out));
    if (look != Look::kNot) benchmark::DoNotOptimize(LookAt(out, look));
    *bytes += static_cast<int64_t>(out.size());
    return info;
  });
}

// The copying read.
void Read(benchmark::State& state) { ReadAnd(state, Look::kNot); }
BENCHMARK(Read)->Apply(ApplyShapes);

void ReadAndCrcAndRecords(benchmark::State& state) { ReadAnd(state, Look::kCrcAndRecords); }
BENCHMARK(ReadAndCrcAndRecords)->Apply(ApplyShapes);

// The first batch of a record far from the end: an index look-up and a short walk.
void ReadOneInTheMiddle(benchmark::State& state) {
  Workspace workspace;
  const std::shared_ptr<Log> log = workspace.NewLog();
  const int64_t records = FillLog(ShapeOf(state), LogBytes(state), log.get());
  ReadOptions options;
  options.bytes_max = 1;
  int64_t bytes = 0;
  int64_t at = 0;
  for (auto _ : state) {
    at = (at + 7919) % records;
    bytes += static_cast<int64_t>(ValueOf(log->View(Offset(at), options)).bytes.size());
  }
  Count(state.iterations(), bytes, &state);
}
BENCHMARK(ReadOneInTheMiddle)->Apply(ApplyShapes);

// Calls `look(file, position, length)` over a file in memory, piece after piece.
template <typename LookAtPiece>
void LookThroughFile(benchmark::State& state, int64_t piece_bytes, LookAtPiece look) {
  Workspace workspace;
  BareFile file(workspace.FilePath("bare"), LogBytes(state));
  file.WriteWhole(Noise(1 << 20));
  file.Populate(0, file.size_bytes());
  int64_t position = 0;
  for (auto _ : state) {
    if (position + piece_bytes > file.size_bytes()) position = 0;
    look(file, position, static_cast<size_t>(piece_bytes));
    position += piece_bytes;
  }
  state.SetBytesProcessed(state.iterations() * piece_bytes);
}

// The sum of mapped bytes, in pieces like the batches.
void BareCrc(benchmark::State& state) {
  LookThroughFile(state, state.range(0), [](const BareFile& file, int64_t position, size_t size) {
    benchmark::DoNotOptimize(Crc32c(absl::string_view(file.data() + position, size)));
  });
}
BENCHMARK(BareCrc)->ArgName("batch")->Arg(172)->Arg(16 << 10)->UseRealTime();

void BarePread(benchmark::State& state) {
  std::string out(static_cast<size_t>(kReadBytes), '\0');
  LookThroughFile(state, kReadBytes, [&](const BareFile& file, int64_t position, size_t size) {
    RequireCall("read", pread(file.descriptor(), out.data(), size, position));
  });
}
BENCHMARK(BarePread)->UseRealTime();

}  // namespace
}  // namespace tidemark
