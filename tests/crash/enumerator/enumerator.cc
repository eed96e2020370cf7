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

std::string FailureOf(const NextLife& life) {
  return absl::StrCat("the life behind it: ", life.status.ToString());
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
  report_.opened_states = check_.opened();
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
  key = key * 31 + place.account;
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
  if (state.crashes.size() < options_.depth_max && report_.states % options_.next_life_every == 0) {
    const CrashPoint begin{files, point.expectation, point.notes, point.during};
    VisitNextLife({&begin, std::move(state), kind, place.account}, key);
  }
}

Violation Enumerator::Check(const CrashState& state, const CrashPoint& point,
                            const StateCheck::State& checked, bool closely) {
  return {state, point.during, check_.Run(checked, closely), 0};
}

NextLife Enumerator::PlayNext(const CrashState& state, const CrashPoint& begin) const {
  return PlayNextLife(workload_.make, options_.wrap, begin,
                      static_cast<int64_t>(state.crashes.size()));
}

// One random end for each mode of the recovery, and two of what comes behind it; each then
// recovered itself. To play a life costs as much as to look at several states. `key` is that of the
// state with which the life begins.
void Enumerator::VisitNextLife(const Place& begin, uint64_t key) {
  const NextLife life = PlayNext(begin.state, *begin.point);
  if (!life.status.ok()) {
    report_.violations.push_back(
        {begin.state, begin.point->during, {FailureOf(life)}, report_.states});
    return;
  }
  const auto visit = [&](size_t number, CrashMode mode) {
    const CrashPoint& point = life.points[number];
    const bool is_new = number >= life.recovery_points;
    Place place{&point, begin.state, is_new ? CrashKind::kProcess : begin.kind,
                is_new ? key : begin.account};
    const Crash crash{number, mode, {}};
    place.state.crashes.push_back(crash);
    if (mode == CrashMode::kKill) return Visit(place, crash, point.files);
    VisitRandomLoss(
        point.files, crash, &random_,
        [&](const Crash& chosen, const MemorySnapshot& files) { Visit(place, chosen, files); });
  };
  for (const CrashMode mode : {CrashMode::kKill, CrashMode::kSubset, CrashMode::kGarbage}) {
    visit(random_.Next() % life.recovery_points, mode);
  }
  const size_t later = life.points.size() - life.recovery_points;
  for (const CrashMode mode : {CrashMode::kKill, CrashMode::kDrop, CrashMode::kOrdered,
                               CrashMode::kSubset, CrashMode::kGarbage}) {
    for (int i = 0; i < 2 && later > 0; ++i) {
      visit(life.recovery_points + random_.Next() % later, mode);
    }
  }
}

absl::StatusOr<Violation> Enumerator::Replay(const CrashState& state) {
  NextLife life{absl::OkStatus(), points_, points_.size()};
  CrashKind kind = CrashKind::kProcess;
  CrashState so_far{state.workload, {}};
  for (const Crash& crash : state.crashes) {
    if (crash.point >= life.points.size()) {
      return absl::NotFoundError(
          absl::StrCat("there are ", life.points.size(), " moments, and no ", crash.point));
    }
    if (crash.point >= life.recovery_points) kind = CrashKind::kProcess;
    kind = KindOf(crash.mode, kind);
    so_far.crashes.push_back(crash);
    CrashPoint begin = life.points[crash.point];
    begin.files = Apply(crash, begin.files);
    life = PlayNext(so_far, begin);
    if (so_far.crashes.size() < state.crashes.size()) continue;
    const StateCheck::State checked{begin.files, begin.expectation, begin.notes, kind};
    Violation violation = Check(state, begin, checked, /*closely=*/true);
    if (violation.what.empty() && !life.status.ok()) violation.what.push_back(FailureOf(life));
    return violation;
  }
  return absl::InvalidArgumentError("no crash");
}

}  // namespace tidemark
