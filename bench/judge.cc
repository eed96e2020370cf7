#include "bench/judge.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/base/check.h"

namespace tidemark {
namespace {

absl::optional<double> MetricOf(const EntryResult& entry, const std::string& metric) {
  const auto found = entry.metrics.find(metric);
  if (found == entry.metrics.end()) return absl::nullopt;
  return found->second.median;
}

// How many times as good `value` is as `other`.
absl::optional<double> Ratio(absl::optional<double> value, absl::optional<double> other,
                             const std::string& metric) {
  if (!value.has_value() || !other.has_value()) return absl::nullopt;
  const double above = IsLessBetter(metric) ? *other : *value;
  const double below = IsLessBetter(metric) ? *value : *other;
  if (below <= 0) return absl::nullopt;
  return above / below;
}

// The best of a kind, at the same place of a curve; only the one with `name`, if that is not empty.
absl::optional<double> BestOf(const std::vector<EntryResult>& entries, ContenderKind kind,
                              const std::string& name, absl::optional<double> place,
                              const std::string& metric) {
  absl::optional<double> best;
  for (const EntryResult& entry : entries) {
    const absl::optional<double> value = MetricOf(entry, metric);
    if (entry.kind != kind || entry.place != place || !value.has_value()) continue;
    if (!name.empty() && entry.name != name) continue;
    if (!best.has_value()) {
      best = value;
    } else {
      best = IsLessBetter(metric) ? std::min(*best, *value) : std::max(*best, *value);
    }
  }
  return best;
}

// nullptr if Tidemark takes no part.
EntryResult* Judged(std::vector<EntryResult>* entries) {
  EntryResult* judged = nullptr;
  for (EntryResult& entry : *entries) {
    if (entry.kind != ContenderKind::kTidemark) continue;
    if (judged == nullptr || (entry.line == judged->line && entry.place > judged->place)) {
      judged = &entry;
    }
  }
  return judged;
}

absl::optional<double> FirstOnTheLine(const std::vector<EntryResult>& entries,
                                      const EntryResult& judged, const std::string& metric) {
  const EntryResult* first = &judged;
  for (const EntryResult& entry : entries) {
    const bool is_on_it = entry.kind == judged.kind && entry.line == judged.line;
    if (is_on_it && entry.place < first->place) first = &entry;
  }
  return MetricOf(*first, metric);
}

std::string InWords(const Goal& goal, const std::string& metric) {
  switch (goal.kind) {
    case Goal::Kind::kOfLimit:
      return absl::StrFormat("at least %g of the limit", goal.value);
    case Goal::Kind::kOfBestPeer:
      return absl::StrFormat("at least %g times the best peer", goal.value);
    case Goal::Kind::kAtMost:
      return absl::StrFormat("%s at most %s", metric, absl::StrCat(goal.value));
    case Goal::Kind::kOfFirst:
      break;
  }
  return absl::StrFormat("at least %g of the first place", goal.value);
}

Verdict VerdictOn(const Row& row, const Goal& goal, const EntryResult* judged,
                  const std::vector<EntryResult>& entries) {
  const std::string& metric = goal.metric.empty() ? row.metric : goal.metric;
  Verdict verdict;
  verdict.goal = goal;
  verdict.text = InWords(goal, metric);
  if (judged == nullptr) return verdict;
  const absl::optional<double> value = MetricOf(*judged, metric);
  if (goal.kind == Goal::Kind::kAtMost) {
    verdict.measured = value;
    verdict.is_met = value.has_value() && *value <= goal.value;
    return verdict;
  }
  absl::optional<double> other;
  if (goal.kind == Goal::Kind::kOfFirst) {
    other = FirstOnTheLine(entries, *judged, metric);
  } else {
    const bool is_limit = goal.kind == Goal::Kind::kOfLimit;
    other = is_limit ? BestOf(entries, ContenderKind::kLimit, row.limit, judged->place, metric)
                     : BestOf(entries, ContenderKind::kPeer, "", judged->place, metric);
  }
  verdict.measured = Ratio(value, other, metric);
  verdict.is_met = verdict.measured.has_value() && *verdict.measured >= goal.value;
  return verdict;
}

}  // namespace

bool IsLessBetter(const std::string& metric) {
  return metric == kSeconds || absl::EndsWith(metric, "_ns") || absl::EndsWith(metric, "_bytes") ||
         absl::EndsWith(metric, "_seconds");
}

Summary Summarize(std::vector<double> values) {
  TM_CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  Summary summary;
  summary.min = values.front();
  summary.max = values.back();
  summary.median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return summary;
}

std::vector<Verdict> Judge(const Row& row, std::vector<EntryResult>* entries) {
  for (EntryResult& entry : *entries) {
    std::map<std::string, std::vector<double>> values;
    for (const auto& round : entry.rounds) {
      for (const auto& [metric, value] : round) values[metric].push_back(value);
    }
    for (auto& [metric, of_rounds] : values) entry.metrics[metric] = Summarize(of_rounds);
  }
  for (EntryResult& entry : *entries) {
    const absl::optional<double> value = MetricOf(entry, row.metric);
    const auto best = [&](ContenderKind kind, const std::string& name) {
      return BestOf(*entries, kind, name, entry.place, row.metric);
    };
    entry.of_limit = Ratio(value, best(ContenderKind::kLimit, row.limit), row.metric);
    entry.of_best_peer = Ratio(value, best(ContenderKind::kPeer, ""), row.metric);
  }
  EntryResult* const judged = Judged(entries);
  if (judged != nullptr) judged->is_judged = true;
  std::vector<Verdict> verdicts;
  for (const Goal& goal : row.goals) {
    verdicts.push_back(VerdictOn(row, goal, judged, *entries));
  }
  return verdicts;
}

}  // namespace tidemark
