#include "tests/crash/enumerator/state.h"

#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "storage/base/check.h"

namespace tidemark {
namespace {

PowerLossMode LossOf(CrashMode mode) {
  switch (mode) {
    case CrashMode::kOrdered:
      return PowerLossMode::kOrdered;
    case CrashMode::kSubset:
      return PowerLossMode::kSubset;
    case CrashMode::kGarbage:
      return PowerLossMode::kSubsetWithGarbage;
    case CrashMode::kKill:
    case CrashMode::kDrop:
      break;
  }
  return PowerLossMode::kDropAll;
}

MemorySnapshot Lose(const MemorySnapshot& files, Crash* crash, const Chooser& choose) {
  crash->choices.clear();
  return files.AfterPowerLoss(LossOf(crash->mode), [crash, &choose](uint64_t n) {
    crash->choices.push_back(choose(n));
    return crash->choices.back();
  });
}

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", what, "\" in a line to replay; expected workload=NAME crash=N,... mode=K|D|E|P|F,... ",
      "choices=N.N.N,..."));
}

absl::Status ParseChoices(absl::string_view text, std::vector<uint64_t>* choices) {
  for (const absl::string_view part : absl::StrSplit(text, '.', absl::SkipEmpty())) {
    choices->push_back(0);
    if (!absl::SimpleAtoi(part, &choices->back())) return Malformed(part);
  }
  return absl::OkStatus();
}

}  // namespace

std::string FormatCrashState(const CrashState& state) {
  std::vector<std::string> points, modes, choices;
  for (const Crash& crash : state.crashes) {
    points.push_back(absl::StrCat(crash.point));
    modes.emplace_back(1, static_cast<char>(crash.mode));
    choices.push_back(absl::StrJoin(crash.choices, "."));
  }
  return absl::StrCat("workload=", state.workload, " crash=", absl::StrJoin(points, ","),
                      " mode=", absl::StrJoin(modes, ","),
                      " choices=", absl::StrJoin(choices, ","));
}

absl::StatusOr<CrashState> ParseCrashState(absl::string_view line) {
  std::map<std::string, std::string> parts;
  for (const absl::string_view part : absl::StrSplit(line, ' ', absl::SkipEmpty())) {
    parts.insert(absl::StrSplit(part, absl::MaxSplits('=', 1)));
  }
  CrashState state;
  state.workload = parts["workload"];
  const std::vector<std::string> points = absl::StrSplit(parts["crash"], ',');
  const std::vector<std::string> modes = absl::StrSplit(parts["mode"], ',');
  std::vector<std::string> choices = absl::StrSplit(parts["choices"], ',');
  choices.resize(points.size());
  if (modes.size() != points.size()) return Malformed(line);
  for (size_t i = 0; i < points.size(); ++i) {
    Crash crash;
    if (!absl::SimpleAtoi(points[i], &crash.point)) return Malformed(points[i]);
    if (modes[i].size() != 1 || absl::string_view("KDEPF").find(modes[i]) == std::string::npos) {
      return Malformed(modes[i]);
    }
    crash.mode = static_cast<CrashMode>(modes[i][0]);
    const absl::Status status = ParseChoices(choices[i], &crash.choices);
    if (!status.ok()) return status;
    state.crashes.push_back(std::move(crash));
  }
  return state;
}

MemorySnapshot Apply(const Crash& crash, const MemorySnapshot& files) {
  if (crash.mode == CrashMode::kKill) return files;
  size_t next = 0;
  return files.AfterPowerLoss(LossOf(crash.mode), [&](uint64_t n) {
    return next < crash.choices.size() ? crash.choices[next++] % n : 0;
  });
}

bool VisitAllLosses(const MemorySnapshot& files, Crash crash, int64_t count_max,
                    absl::FunctionRef<void(const Crash&, const MemorySnapshot&)> visit) {
  ExhaustiveChoices choices;
  const Chooser choose = choices.AsChooser();
  for (int64_t count = 0; count < count_max; ++count) {
    const MemorySnapshot left = Lose(files, &crash, choose);
    visit(crash, left);
    if (!choices.Next()) return true;
  }
  return false;
}

void VisitRandomLoss(const MemorySnapshot& files, Crash crash, Random* random,
                     absl::FunctionRef<void(const Crash&, const MemorySnapshot&)> visit) {
  const MemorySnapshot left =
      Lose(files, &crash, [random](uint64_t n) { return random->Next() % n; });
  visit(crash, left);
}

}  // namespace tidemark
