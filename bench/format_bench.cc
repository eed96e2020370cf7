// What do the parts cost: sums, integers, batches, and a look into an index?

#include <benchmark/benchmark.h>

#include <string>

#include "absl/types/span.h"
#include "bench/batches.h"
#include "storage/base/check.h"
#include "storage/format/crc32c.h"
#include "storage/format/varint.h"
#include "storage/index/segment_index.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

void ApplyLoads(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"value", "records"});
  for (const int64_t record_bytes : {100, 1024}) {
    for (const int64_t records : {1, 100}) benchmark->Args({record_bytes, records});
  }
}

Load LoadOf(const benchmark::State& state) {
  Load load;
  load.record_bytes = state.range(0);
  load.records_per_batch = state.range(1);
  return load;
}

void CountBatches(int64_t batch_bytes, benchmark::State* state) {
  state->SetItemsProcessed(state->iterations() * state->range(1));
  state->SetBytesProcessed(state->iterations() * batch_bytes);
}

// Add, record by record, then Finish, which sums the CRC.
void EncodeBatch(benchmark::State& state) {
  const BatchValues values(LoadOf(state));
  RecordBatchBuilder builder;
  Record record;
  record.timestamp = Timestamp(1700000000000);
  int64_t size_bytes = 0;
  for (auto _ : state) {
    builder.Reset();
    for (const absl::string_view value : values.values()) {
      record.value = value;
      TM_CHECK(builder.Add(record).ok());
    }
    size_bytes = static_cast<int64_t>(builder.Finish()->size());
  }
  CountBatches(size_bytes, &state);
}
BENCHMARK(EncodeBatch)->Apply(ApplyLoads);

// Parse and every record, without the CRC.
void DecodeBatch(benchmark::State& state) {
  const std::string encoded = MakeBatch(LoadOf(state));
  RecordView record;
  for (auto _ : state) {
    RecordReader reader = *RecordReader::Open(*RecordBatchView::Parse(encoded));
    while (*reader.Next(&record)) benchmark::DoNotOptimize(record);
  }
  CountBatches(static_cast<int64_t>(encoded.size()), &state);
}
BENCHMARK(DecodeBatch)->Apply(ApplyLoads);

void SumCrc32c(benchmark::State& state) {
  const std::string bytes = Noise(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(Crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(SumCrc32c)->ArgName("size")->RangeMultiplier(8)->Range(64, 256 << 10);

// What is used on machines without the instructions.
void SumCrc32cPortably(benchmark::State& state) {
  const std::string bytes = Noise(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(ExtendCrc32cPortable(0, bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(SumCrc32cPortably)->ArgName("size")->Arg(64)->Arg(4096);

constexpr int kVarints = 1024;

void WriteVarlongs(benchmark::State& state) {
  const int64_t value = int64_t{1} << state.range(0);
  std::string out(kVarints * kVarlongBytesMax, '\0');
  for (auto _ : state) {
    char* end = out.data();
    for (int i = 0; i < kVarints; ++i) end = WriteVarlong(value - i, end);
    benchmark::DoNotOptimize(end);
  }
  state.SetItemsProcessed(state.iterations() * kVarints);
}
BENCHMARK(WriteVarlongs)->ArgName("bits")->Arg(4)->Arg(11)->Arg(40);

// Finds each entry of an index of so many in turn, far from the one before.
void LookUpOffset(benchmark::State& state) {
  constexpr int64_t kRecordsPerEntry = 40;
  SegmentIndex index(Offset(0), 1);
  for (int64_t i = 1; i <= state.range(0); ++i) {
    index.Add({Offset(i * kRecordsPerEntry - 1), FilePosition(i * 4096), 4096, Timestamp(i)});
  }
  const int64_t records = state.range(0) * kRecordsPerEntry;
  int64_t at = 0;
  for (auto _ : state) {
    at = (at + 7919 * kRecordsPerEntry) % records;
    benchmark::DoNotOptimize(index.Lookup(Offset(at)));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(LookUpOffset)->ArgName("entries")->Arg(1000)->Arg(100000);

}  // namespace
}  // namespace tidemark
