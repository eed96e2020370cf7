// What do the bytes themselves cost: encoding a batch, reading it, summing it?

#include <benchmark/benchmark.h>

#include <string>

#include "bench/support.h"
#include "storage/format/crc32c.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

// Add, record by record, then Finish, which sums the CRC.
void EncodeBatch(benchmark::State& state) {
  const Shape shape = ShapeOf(state);
  const std::string value = Noise(shape.value_bytes);
  RecordBatchBuilder builder;
  int64_t records = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    builder.Reset();
    records += AddRecords(shape, value, &builder);
    bytes += static_cast<int64_t>(ValueOf(builder.Finish()).size());
  }
  Count(records, bytes, &state);
}
BENCHMARK(EncodeBatch)->Apply(ApplyShapes);

// Parse and every record, without the CRC.
void DecodeBatch(benchmark::State& state) {
  const EncodedBatch encoded = MakeBatch(ShapeOf(state));
  RecordView record;
  for (auto _ : state) {
    const RecordBatchView batch = ValueOf(RecordBatchView::Parse(encoded.bytes));
    RecordReader reader = ValueOf(RecordReader::Open(batch));
    while (ValueOf(reader.Next(&record))) benchmark::DoNotOptimize(record);
  }
  Count(state.iterations() * encoded.record_count,
        state.iterations() * static_cast<int64_t>(encoded.bytes.size()), &state);
}
BENCHMARK(DecodeBatch)->Apply(ApplyShapes);

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

}  // namespace
}  // namespace tidemark
