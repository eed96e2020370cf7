// What does an append to the page cache cost (kBuffered), and how much of that is the machine's?

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include "absl/types/span.h"
#include "bench/bare_file.h"
#include "bench/support.h"
#include "storage/format/crc32c.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

void AppendFinished(benchmark::State& state, bool is_trusted) {
  EncodedBatch batch = MakeBatch(ShapeOf(state));
  Workspace workspace;
  LogFiller filler(&workspace, &state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(filler.Append(absl::MakeSpan(batch.bytes), is_trusted));
  }
  Count(state.iterations() * batch.record_count,
        state.iterations() * static_cast<int64_t>(batch.bytes.size()), &state);
}

// A finished batch that the caller vouches for: placed and copied.
void AppendTrusted(benchmark::State& state) { AppendFinished(state, true); }
BENCHMARK(AppendTrusted)->Apply(ApplyShapes);

// A finished batch as it comes from a client: its CRC and every record are looked at, too.
void AppendChecked(benchmark::State& state) { AppendFinished(state, false); }
BENCHMARK(AppendChecked)->Apply(ApplyShapes);

// From records to the log: what an embedder pays.
void EncodeAndAppend(benchmark::State& state) {
  const Shape shape = ShapeOf(state);
  const std::string value = Noise(shape.value_bytes);
  Workspace workspace;
  LogFiller filler(&workspace, &state);
  RecordBatchBuilder builder;
  int64_t records = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    builder.Reset();
    records += AddRecords(shape, value, &builder);
    const absl::Span<char> batch = ValueOf(builder.Finish());
    bytes += static_cast<int64_t>(batch.size());
    benchmark::DoNotOptimize(filler.Append(batch, true));
  }
  Count(records, bytes, &state);
}
BENCHMARK(EncodeAndAppend)->Apply(ApplyShapes);

// Calls `put(place, batch)` for place after place in pages that are in memory already.
template <typename Put>
void FillRecycledPages(benchmark::State& state, Put put) {
  const EncodedBatch batch = MakeBatch(ShapeOf(state));
  const auto size = static_cast<int64_t>(batch.bytes.size());
  Workspace workspace;
  BareFile file(workspace.FilePath("bare"), IsTrial(state) ? int64_t{1} << 20 : kLogBytesMax);
  file.Populate(0, file.size_bytes());
  int64_t position = 0;
  for (auto _ : state) {
    if (position + size > file.size_bytes()) position = 0;
    put(file.data() + position, batch.bytes);
    benchmark::ClobberMemory();
    position += size;
  }
  Count(state.iterations() * batch.record_count, state.iterations() * size, &state);
}

void BareCopyRecycledPages(benchmark::State& state) {
  FillRecycledPages(state, [](char* place, absl::string_view batch) {
    std::memcpy(place, batch.data(), batch.size());
  });
}
BENCHMARK(BareCopyRecycledPages)->Apply(ApplyShapes);

void BareCrcAndCopyRecycledPages(benchmark::State& state) {
  FillRecycledPages(state, [](char* place, absl::string_view batch) {
    benchmark::DoNotOptimize(Crc32c(batch));
    std::memcpy(place, batch.data(), batch.size());
  });
}
BENCHMARK(BareCrcAndCopyRecycledPages)->Apply(ApplyShapes);

// Calls `put(place, batch)` for place after place in a new file that another thread prepares ahead.
template <typename Put>
void FillNewPages(benchmark::State& state, Put put) {
  const EncodedBatch batch = MakeBatch(ShapeOf(state));
  const auto size = static_cast<int64_t>(batch.bytes.size());
  Workspace workspace;
  const auto new_file = [&] {
    return std::make_unique<FilePreparedAhead>(workspace.FilePath("bare"),
                                               IsTrial(state) ? int64_t{1} << 20 : kLogBytesMax);
  };
  auto file = new_file();
  for (auto _ : state) {
    char* place = file->Next(size);
    if (place == nullptr) [[unlikely]] {
      state.PauseTiming();
      file.reset();
      file = new_file();
      place = file->Next(size);
      state.ResumeTiming();
    }
    put(place, batch.bytes);
    benchmark::ClobberMemory();
  }
  Count(state.iterations() * batch.record_count, state.iterations() * size, &state);
}

void BareCopyNewPages(benchmark::State& state) {
  FillNewPages(state, [](char* place, absl::string_view batch) {
    std::memcpy(place, batch.data(), batch.size());
  });
}
BENCHMARK(BareCopyNewPages)->Apply(ApplyShapes);

void BareCrcAndCopyNewPages(benchmark::State& state) {
  FillNewPages(state, [](char* place, absl::string_view batch) {
    benchmark::DoNotOptimize(Crc32c(batch));
    std::memcpy(place, batch.data(), batch.size());
  });
}
BENCHMARK(BareCrcAndCopyNewPages)->Apply(ApplyShapes);

// One system call an append, over bytes that the page cache has already.
void BarePwrite(benchmark::State& state) {
  const EncodedBatch batch = MakeBatch(ShapeOf(state));
  const auto size = static_cast<int64_t>(batch.bytes.size());
  Workspace workspace;
  BareFile file(workspace.FilePath("bare"), IsTrial(state) ? int64_t{1} << 20 : kLogBytesMax);
  file.Populate(0, file.size_bytes());
  int64_t position = 0;
  for (auto _ : state) {
    if (position + size > file.size_bytes()) position = 0;
    RequireCall("write",
                pwrite(file.descriptor(), batch.bytes.data(), batch.bytes.size(), position));
    position += size;
  }
  Count(state.iterations() * batch.record_count, state.iterations() * size, &state);
}
BENCHMARK(BarePwrite)->Apply(ApplyShapes);

}  // namespace
}  // namespace tidemark
