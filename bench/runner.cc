#include "bench/runner.h"

#include <sys/mman.h>

#include <chrono>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

using std::chrono::steady_clock;

// A machine without that much memory is warmed less; that is no failure.
void WarmMemory(int64_t size_bytes) {
  const auto size = static_cast<size_t>(size_bytes);
  if (size == 0) return;
  void* const place = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (place != MAP_FAILED) munmap(place, size);
}

void AddMetrics(const Load& load, double seconds, Round* round) {
  auto& figures = round->figures;
  const double passes_per_second = load.passes / seconds;
  figures[kSeconds] = seconds;
  figures[kRecordsPerSecond] = static_cast<double>(load.records()) * passes_per_second;
  figures[kBatchesPerSecond] = static_cast<double>(load.batches) * passes_per_second;
  figures[kBytesPerSecond] = static_cast<double>(load.value_bytes()) * passes_per_second;
  const Latencies& latencies = round->latencies;
  if (latencies.count() == 0) return;
  figures["p50_ns"] = static_cast<double>(latencies.Percentile(0.5));
  figures["p90_ns"] = static_cast<double>(latencies.Percentile(0.9));
  figures["p99_ns"] = static_cast<double>(latencies.Percentile(0.99));
  figures["p999_ns"] = static_cast<double>(latencies.Percentile(0.999));
  figures["max_ns"] = static_cast<double>(latencies.max());
}

absl::Status RunAndCheck(const Load& load, Contender* contender, Round* round) {
  TM_RETURN_IF_ERROR(contender->Prepare(*round));
  const auto begin = steady_clock::now();
  TM_RETURN_IF_ERROR(contender->Run(*round));
  const std::chrono::duration<double> duration = steady_clock::now() - begin;
  TM_RETURN_IF_ERROR(contender->Check(*round));
  AddMetrics(load, duration.count(), round);
  return absl::OkStatus();
}

absl::Status RunRound(const Load& load, const RunOptions& options, Contender* contender,
                      EntryResult* result) {
  Round round;
  round.directory = absl::StrCat(options.directory, "/round");
  std::error_code error;
  std::filesystem::remove_all(round.directory, error);
  if (!error) std::filesystem::create_directories(round.directory, error);
  if (error) return absl::UnavailableError(absl::StrCat(round.directory, ": ", error.message()));
  WarmMemory(options.warm_bytes);
  const absl::Status status = RunAndCheck(load, contender, &round);
  contender->Finish();
  std::filesystem::remove_all(round.directory, error);
  TM_RETURN_IF_ERROR(status);
  result->rounds.push_back(round.figures);
  result->latencies.Merge(round.latencies);
  return absl::OkStatus();
}

}  // namespace

absl::Status RowResult::status() const {
  for (const EntryResult& entry : entries) {
    if (entry.status.ok() || absl::IsUnimplemented(entry.status)) continue;
    return absl::Status(entry.status.code(),
                        absl::StrCat(entry.name, ": ", entry.status.message()));
  }
  return absl::OkStatus();
}

RowResult RunRow(const Row& row, const RunOptions& options) {
  RowResult result;
  for (const Entry& entry : row.entries) {
    EntryResult& mine = result.entries.emplace_back();
    mine.name = entry.contender->name();
    mine.kind = entry.contender->kind();
    mine.settings = entry.contender->settings();
    mine.line = entry.line;
    mine.place = entry.place;
  }
  for (int round = 1; round <= options.rounds; ++round) {
    for (size_t i = 0; i < row.entries.size(); ++i) {
      EntryResult& mine = result.entries[i];
      if (!mine.status.ok()) continue;
      if (options.on_progress != nullptr) options.on_progress(round, mine.name);
      mine.status = RunRound(row.entries[i].load.value_or(row.load), options,
                             row.entries[i].contender.get(), &mine);
    }
  }
  result.verdicts = Judge(row, &result.entries);
  return result;
}

}  // namespace tidemark
