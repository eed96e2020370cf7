#ifndef TIDEMARK_BENCH_RUNNER_H_
#define TIDEMARK_BENCH_RUNNER_H_

// Runs a row: its contenders take turns, A B C A B C, so that what else the machine does hits all
// of them.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "bench/judge.h"
#include "bench/row.h"

namespace tidemark {

struct RunOptions {
  std::string directory;  // Rounds get directories below it.
  int rounds = 1;
  // Brought into memory and given back before each round: a virtual machine's host takes memory
  // back that lies idle, and what touches it first then pays for that.
  int64_t warm_bytes = 0;
  // Called before each round of each contender. May be null.
  std::function<void(int round, const std::string& contender)> on_progress;
};

struct RowResult {
  std::vector<EntryResult> entries;
  std::vector<Verdict> verdicts;

  // The first failure of any contender, but for UNIMPLEMENTED ones.
  absl::Status status() const;
};

RowResult RunRow(const Row& row, const RunOptions& options);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_RUNNER_H_
