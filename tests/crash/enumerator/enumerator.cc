#include "tests/crash/enumerator/enumerator.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tidemark {
namespace {

uint64_t SeedOf(uint64_t seed, const std::string& name) {
  for (const char letter : name) seed = seed * 1099511628211u + static_cast<uint64_t>(letter);
  return seed;
}

CrashKind KindOf(CrashMode mode, CrashKind before) {
  return mode == CrashMode::kKill ? before : CrashKind::kPower;
}

constexpr CrashMode kLosses[] = {CrashMode::kDrop, CrashMode::kOrdered, CrashMode::kSubset,
                                 CrashMode::kGarbage};

}  // namespace

Enumerator::Enumerator(const Workload& workload, const EnumeratorOptions& options)
    : workload_(workload),
      options_(options),
      random_(SeedOf(options.seed, workload.name)),
      check_(workload_.make, options_.wrap) {
  report_.name = workload.name;
  report_.status = Record();
}

absl::Status Enumerator::Record() {
  Stage stage(workload_.make, options_.wrap,
              options_.make_faults == nullptr ? nullptr : options_.make_faults());
  workload_.play(&stage);
  points_ = stage.TakePoints();
  report_.points = static_cast<int64_t>(points_.size());
  return stage.status();
}

bool Enumerator::IsOver() const { return options_.is_over != nullptr && options_.is_over(); }

WorkloadReport Enumerator::Run() {
  // The death of the process first: every moment gets that, however little time there is.
  for (size_t i = 0; i < points_.size(); ++i) {
    const CrashState state{workload_.name, {{i, CrashMode::kKill, {}}}};
    Visit({&points_[i], state, CrashKind::kProcess}, state.crashes.back(), points_[i].files);
    ++report_.killed_points;
  }
  for (size_t i = 0; i < points_.size() && options_.losses_per_mode > 0; ++i) {
    if (IsOver()) break;
    VisitPoint(i);
  }
  return std::move(report_);
}

void Enumerator::VisitPoint(size_t number) {
  const Place place{
      &points_[number], {workload_.name, {{number, CrashMode::kKill, {}}}}, CrashKind::kProcess};
  const bool is_small = place.point->files.unsynced_changes() <= options_.exhaustive_changes_max;
  bool is_exhausted = true;
  for (const CrashMode mode : kLosses) {
    const bool all = VisitMode(place, mode, is_small);
    is_exhausted &= all || mode == CrashMode::kGarbage;
  }
  report_.exhausted_points += is_exhausted ? 1 : 0;
}

bool Enumerator::VisitMode(const Place& place, CrashMode mode, bool is_small) {
  const Crash crash{place.state.crashes.back().point, mode, {}};
  const auto visit = [&](const Crash& chosen, const MemorySnapshot& files) {
    if (!IsOver()) Visit(place, chosen, files);
  };
  // There are too many kinds of garbage.
  const bool is_countable = mode == CrashMode::kDrop || (is_small && mode != CrashMode::kGarbage);
  if (is_countable &&
      VisitAllLosses(place.point->files, crash, options_.exhaustive_losses_max, visit)) {
    return !IsOver();
  }
  for (int64_t i = 0; i < options_.losses_per_mode; ++i) {
    VisitRandomLoss(place.point->files, crash, &random_, visit);
  }
  return false;
}

void Enumerator::Visit(const Place& place, const Crash& crash, const MemorySnapshot& files) {
  CrashState state = place.state;
  state.crashes.back() = crash;
  const CrashKind kind = KindOf(crash.mode, place.kind);
  const CrashPoint& point = *place.point;
  // The same files may be found after less was acknowledged.
  uint64_t key = files.Digest() * 31 + reinterpret_cast<uintptr_t>(point.expectation.get());
  key = key * 31 + static_cast<uint64_t>(kind);
  key = key * 31 +
        static_cast<uint64_t>(point.notes.recovery_point.value() * 4 +
                              point.notes.log_start.value() * 2 + (point.notes.was_clean ? 1 : 0));
  if (!seen_.insert(key).second) {
    ++report_.repeated_states;
    return;
  }
  ++report_.states;
  const StateCheck::State checked{files, point.expectation, point.notes, kind};
  Violation violation = Check(state, point, checked, report_.states % options_.closely_every == 0);
  if (!violation.what.empty()) {
    violation.states = report_.states;
    report_.violations.push_back(std::move(violation));
    return;
  }
  if (state.crashes.size() < options_.depth_max && report_.states % options_.recovery_every == 0) {
    VisitRecovery({&point, std::move(state), kind}, checked);
  }
}

Violation Enumerator::Check(const CrashState& state, const CrashPoint& point,
                            const StateCheck::State& checked, bool closely) {
  return {state, point.during, check_.Run(checked, closely), 0};
}

// One random end of this recovery for each mode, each then recovered itself.
void Enumerator::VisitRecovery(const Place& place, const StateCheck::State& state) {
  const std::vector<CrashPoint> points = check_.RecordRecovery(state);
  for (const CrashMode mode : {CrashMode::kKill, CrashMode::kSubset, CrashMode::kGarbage}) {
    const size_t number = random_.Next() % points.size();
    Place next{&points[number], place.state, place.kind};
    next.state.crashes.push_back({number, mode, {}});
    const auto visit = [&](const Crash& chosen, const MemorySnapshot& files) {
      Visit(next, chosen, files);
    };
    if (mode == CrashMode::kKill) {
      visit(next.state.crashes.back(), points[number].files);
    } else {
      VisitRandomLoss(points[number].files, next.state.crashes.back(), &random_, visit);
    }
  }
}

absl::StatusOr<Violation> Enumerator::Replay(const CrashState& state) {
  const std::vector<CrashPoint>* points = &points_;
  std::vector<CrashPoint> recovery;
  CrashKind kind = CrashKind::kProcess;
  for (size_t i = 0; i < state.crashes.size(); ++i) {
    const Crash& crash = state.crashes[i];
    if (crash.point >= points->size()) {
      return absl::NotFoundError(
          absl::StrCat("there are ", points->size(), " moments, and no ", crash.point));
    }
    const CrashPoint point = (*points)[crash.point];
    kind = KindOf(crash.mode, kind);
    const StateCheck::State checked{Apply(crash, point.files), point.expectation, point.notes,
                                    kind};
    if (i + 1 == state.crashes.size()) return Check(state, point, checked, /*closely=*/true);
    recovery = check_.RecordRecovery(checked);
    points = &recovery;
  }
  return absl::InvalidArgumentError("no crash");
}

}  // namespace tidemark
