#include "bench/support.h"

#include <stdlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/posix_env.h"
#include "storage/record.h"

namespace tidemark {
namespace {

constexpr char kTopic[] = "bench";
constexpr int64_t kWarmUpBytes = int64_t{256} << 20;
// Behind the first few steps in which a new segment's file grows.
constexpr int64_t kSteadyBytes = int64_t{32} << 20;

std::string MakeDirectory() {
  std::string path = absl::StrCat(BenchDirectory(), "/tidemark_bench_XXXXXX");
  if (mkdtemp(path.data()) == nullptr) RequireCall(absl::StrCat("mkdtemp ", path), -1);
  return path;
}

}  // namespace

void Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

void RequireCall(absl::string_view what, int64_t result) {
  if (result < 0) Fail(absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(errno))));
}

Shape ShapeOf(const benchmark::State& state) { return {state.range(0), state.range(1)}; }

void ApplyShapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"value", "batch"});
  for (const int64_t value_bytes : {100, 1024}) {
    for (const int64_t batch_bytes : {0, 16 << 10}) benchmark->Args({value_bytes, batch_bytes});
  }
  benchmark->UseRealTime();
}

std::string Noise(int64_t size_bytes) {
  std::string bytes(static_cast<size_t>(size_bytes), '\0');
  uint64_t state = 1;
  for (char& byte : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<char>(state >> 56);
  }
  return bytes;
}

int64_t AddRecords(const Shape& shape, absl::string_view value, RecordBatchBuilder* builder) {
  Record record;
  record.value = value;
  record.timestamp = Timestamp(1700000000000);
  int64_t count = 0;
  do {
    Require(builder->Add(record));
    ++count;
  } while (builder->size_bytes() + RecordBatchBuilder::SizeBoundBytes(record) <= shape.batch_bytes);
  return count;
}

EncodedBatch MakeBatch(const Shape& shape) {
  RecordBatchBuilder builder;
  EncodedBatch batch;
  batch.record_count = AddRecords(shape, Noise(shape.value_bytes), &builder);
  const absl::Span<char> bytes = ValueOf(builder.Finish());
  batch.bytes.assign(bytes.data(), bytes.size());
  return batch;
}

void Count(int64_t records, int64_t bytes, benchmark::State* state) {
  state->SetItemsProcessed(records);
  state->SetBytesProcessed(bytes);
}

std::string BenchDirectory() {
  const char* const chosen = std::getenv("TIDEMARK_BENCH_DIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
}

Workspace::Workspace()
    : directory_(MakeDirectory()),
      file_system_(NewPosixFileSystem()),
      clock_(NewSystemClock()),
      executor_(NewThreadPoolExecutor(2)),
      random_(NewSystemRandom()) {
  Environment environment;
  environment.file_system = file_system_.get();
  environment.clock = clock_.get();
  environment.executor = executor_.get();
  environment.random = random_.get();
  engine_ =
      ValueOf(StorageEngine::Open(absl::StrCat(directory_, "/data"), environment, EngineOptions()));
}

Workspace::~Workspace() {
  if (!engine_->ListTopics().empty()) Require(engine_->DeleteTopic(kTopic));
  Require(engine_->Close());
  std::filesystem::remove_all(directory_);
}

std::shared_ptr<ReplicaLog> Workspace::NewLog() {
  if (!engine_->ListTopics().empty()) Require(engine_->DeleteTopic(kTopic));
  Require(engine_->CreateTopic(kTopic, 1, {}).status());
  return ValueOf(engine_->GetLog({kTopic, PartitionId(0)}));
}

std::string Workspace::FilePath(absl::string_view name) const {
  return absl::StrCat(directory_, "/", name);
}

LogFiller::LogFiller(Workspace* workspace, benchmark::State* state)
    : workspace_(workspace), state_(state), log_(workspace->NewLog()) {
  if (IsTrial(*state)) return;
  FillLog({1024, 16 << 10}, kWarmUpBytes, log_.get());
  log_ = workspace_->NewLog();
  FillLog({1024, 16 << 10}, kSteadyBytes, log_.get());
}

void LogFiller::Replace() {
  state_->PauseTiming();
  log_.reset();
  log_ = workspace_->NewLog();
  FillLog({1024, 16 << 10}, kSteadyBytes, log_.get());
  bytes_ = 0;
  state_->ResumeTiming();
}

int64_t FillLog(const Shape& shape, int64_t size_bytes, Log* log) {
  EncodedBatch batch = MakeBatch(shape);
  AppendOptions options;
  options.is_trusted = true;
  int64_t records = 0;
  for (int64_t bytes = 0; bytes < size_bytes; bytes += static_cast<int64_t>(batch.bytes.size())) {
    Require(log->Append(absl::MakeSpan(batch.bytes), options).status());
    records += batch.record_count;
  }
  return records;
}

}  // namespace tidemark
