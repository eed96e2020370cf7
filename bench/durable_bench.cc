// How many appends a second reach stable storage (kDurable), one by one and in groups?

#include <benchmark/benchmark.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "absl/types/span.h"
#include "bench/bare_file.h"
#include "bench/support.h"
#include "storage/base/mutex.h"

namespace tidemark {
namespace {

// Syncs are counted; that a benchmark's log outgrows memory is no danger here.
void ApplyDurableShapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"value", "batch"});
  benchmark->Args({100, 0})->Args({100, 16 << 10})->Args({1024, 128 << 10});
  benchmark->UseRealTime();
}

constexpr int64_t kSteadyBytes = int64_t{64} << 20;

// Shared by the threads of one run; the first one makes and ends it.
class DurableAppend : public benchmark::Fixture {
 public:
  void SetUp(benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    workspace_ = std::make_unique<Workspace>();
    log_ = workspace_->NewLog();
    if (!IsTrial(state)) FillLog(ShapeOf(state), kSteadyBytes, log_.get());
    Require(log_->Sync(log_->offsets().log_end));
    syncs_before_ = log_->stats().sync_count;
  }

  void TearDown(benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    log_.reset();
    workspace_.reset();
  }

 protected:
  AppendResult Append(EncodedBatch* batch) {
    AppendOptions options;
    options.is_trusted = true;
    return ValueOf(log_->Append(absl::MakeSpan(batch->bytes), options));
  }

  void CountAppends(const EncodedBatch& batch, benchmark::State* state) {
    Count(state->iterations() * batch.record_count,
          state->iterations() * static_cast<int64_t>(batch.bytes.size()), state);
    state->counters["appends"] =
        benchmark::Counter(static_cast<double>(state->iterations()), benchmark::Counter::kIsRate);
    if (state->thread_index() != 0) return;
    const auto syncs = static_cast<double>(log_->stats().sync_count - syncs_before_);
    state->counters["syncs"] = benchmark::Counter(syncs, benchmark::Counter::kIsRate);
  }

  std::shared_ptr<Log> log_;

 private:
  std::unique_ptr<Workspace> workspace_;
  int64_t syncs_before_ = 0;
};

// Each thread appends and waits until that is durable.
BENCHMARK_DEFINE_F(DurableAppend, Blocking)(benchmark::State& state) {
  EncodedBatch batch = MakeBatch(ShapeOf(state));
  for (auto _ : state) {
    const AppendResult appended = Append(&batch);
    Require(log_->Sync(appended.last_offset + 1));
  }
  CountAppends(batch, &state);
}
BENCHMARK_REGISTER_F(DurableAppend, Blocking)->Apply(ApplyDurableShapes)->Threads(1)->Threads(8);

// Counts down what is outstanding; one thread adds, any thread takes off.
class Outstanding {
 public:
  void Add(int64_t count_max) {
    MutexLock lock(&mutex_);
    while (count_ >= count_max) changed_.Wait(&mutex_);
    ++count_;
  }
  void TakeOff() {
    MutexLock lock(&mutex_);
    --count_;
    changed_.NotifyOne();
  }
  void AwaitNone() {
    MutexLock lock(&mutex_);
    while (count_ > 0) changed_.Wait(&mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
};

// One thread appends on while up to `outstanding` appends wait to be durable.
BENCHMARK_DEFINE_F(DurableAppend, Outstanding)(benchmark::State& state) {
  EncodedBatch batch = MakeBatch(ShapeOf(state));
  Outstanding outstanding;
  for (auto _ : state) {
    outstanding.Add(state.range(2));
    const AppendResult appended = Append(&batch);
    log_->AwaitDurable(appended.last_offset + 1, [&](absl::Status status) {
      Require(status);
      outstanding.TakeOff();
    });
  }
  outstanding.AwaitNone();
  CountAppends(batch, &state);
}
BENCHMARK_REGISTER_F(DurableAppend, Outstanding)
    ->ArgNames({"value", "batch", "outstanding"})
    ->Args({100, 0, 8})
    ->Args({100, 0, 64})
    ->Args({100, 16 << 10, 64})
    ->Args({1024, 128 << 10, 64})
    ->UseRealTime();

// Calls `write(file, position, batch)` for place after place.
template <typename Write>
void WriteDurably(benchmark::State& state, bool is_recycled, Write write) {
  const EncodedBatch batch = MakeBatch(ShapeOf(state));
  const auto size = static_cast<int64_t>(batch.bytes.size());
  Workspace workspace;
  BareFile file(workspace.FilePath("bare"), IsTrial(state) ? int64_t{1} << 20 : kLogBytesMax);
  if (is_recycled) file.WriteWhole(Noise(1 << 20));
  RequireCall("sync", fsync(file.descriptor()));
  int64_t position = 0;
  for (auto _ : state) {
    if (position + size > file.size_bytes()) position = 0;
    write(file, position, batch.bytes);
    position += size;
  }
  Count(state.iterations() * batch.record_count, state.iterations() * size, &state);
  state.counters["appends"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void WriteAndFdatasync(const BareFile& file, int64_t position, absl::string_view bytes) {
  RequireCall("write", pwrite(file.descriptor(), bytes.data(), bytes.size(), position));
  RequireCall("sync", fdatasync(file.descriptor()));
}

void WriteDsync(const BareFile& file, int64_t position, absl::string_view bytes) {
  const iovec part = {const_cast<char*>(bytes.data()), bytes.size()};
  RequireCall("write", pwritev2(file.descriptor(), &part, 1, position, RWF_DSYNC));
}

// One flush for each write, of blocks that are allocated but were never written.
void BareFdatasyncNewBlocks(benchmark::State& state) {
  WriteDurably(state, false, &WriteAndFdatasync);
}
BENCHMARK(BareFdatasyncNewBlocks)->Apply(ApplyDurableShapes);

// The same, of blocks that were written before.
void BareFdatasyncRecycledBlocks(benchmark::State& state) {
  WriteDurably(state, true, &WriteAndFdatasync);
}
BENCHMARK(BareFdatasyncRecycledBlocks)->Apply(ApplyDurableShapes);

void BareDsyncRecycledBlocks(benchmark::State& state) { WriteDurably(state, true, &WriteDsync); }
BENCHMARK(BareDsyncRecycledBlocks)->Apply(ApplyDurableShapes);

}  // namespace
}  // namespace tidemark
