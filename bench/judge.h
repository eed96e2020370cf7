#ifndef TIDEMARK_BENCH_JUDGE_H_
#define TIDEMARK_BENCH_JUDGE_H_

// What the rounds of a row come to: medians, ratios, and whether the goals are met.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "bench/contender.h"
#include "bench/latencies.h"
#include "bench/row.h"

namespace tidemark {

// Of the rounds of one contender.
struct Summary {
  double median = 0;
  double min = 0;
  double max = 0;
};

// INVARIANT: `values` is not empty.
Summary Summarize(std::vector<double> values);

// What a contender has done in a row.
struct EntryResult {
  std::string name;
  ContenderKind kind = ContenderKind::kLimit;
  std::string settings;
  std::string line;
  absl::optional<double> place;
  absl::Status status;  // The first failure, after which it was left out.
  std::vector<std::map<std::string, double>> rounds;
  Latencies latencies;  // Of all rounds.
  // Filled by Judge.
  std::map<std::string, Summary> metrics;
  // How many times as good as the limit and the best peer, by the row's metric; in a curve, as
  // those at the same place.
  absl::optional<double> of_limit;
  absl::optional<double> of_best_peer;
  bool is_judged = false;
};

struct Verdict {
  Goal goal;
  std::string text;                 // The goal in words.
  absl::optional<double> measured;  // Absent: there was nothing to compare with.
  bool is_met = false;
};

// Summarizes the rounds of each entry in place; then compares. An entry without a round counts for
// nothing.
std::vector<Verdict> Judge(const Row& row, std::vector<EntryResult>* entries);

// Whether smaller figures of the metric are better.
bool IsLessBetter(const std::string& metric);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_JUDGE_H_
