#include "tests/crash/enumerator/campaign.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

std::string RowOf(const std::string& workload) {
  const size_t colon = workload.find(':');
  return colon == std::string::npos ? workload : workload.substr(0, colon) + ":*";
}

}  // namespace

Campaign::Campaign(const CampaignOptions& options, Clock* clock)
    : options_(options),
      clock_(clock),
      end_(clock->MonotonicNow() + options.duration),
      random_(options.enumerator.seed) {
  MutexLock lock(&mutex_);
  for (Workload& workload : ScriptedWorkloads()) Add(std::move(workload), /*is_mandatory=*/true);
  short_ = ShortWorkloads(&random_);
}

void Campaign::Add(Workload workload, bool is_mandatory) {
  if (!absl::StartsWith(workload.name, options_.workload_prefix)) return;
  jobs_.push_back({std::move(workload), random_.Next(), is_mandatory, exhaustive_losses_max_});
}

// The scripted ones, and four times as many short ones.
void Campaign::AddRound() {
  exhaustive_losses_max_ =
      std::min(4 * exhaustive_losses_max_, options_.enumerator.exhaustive_losses_max);
  // One that is asked for by its letters.
  const size_t colon = options_.workload_prefix.find(':');
  if (colon != std::string::npos && colon + 1 < options_.workload_prefix.size()) {
    if (absl::optional<Workload> workload = FindWorkload(options_.workload_prefix)) {
      return Add(*std::move(workload), false);
    }
  }
  std::vector<Workload> scripted = ScriptedWorkloads();
  for (Workload& workload : scripted) {
    Add(std::move(workload), false);
    for (int i = 0; i < 4; ++i) {
      if (short_.empty() || i == 3) {
        Add(LongerWorkload(&random_), false);
      } else {
        Add(std::move(short_.back()), false);
        short_.pop_back();
      }
    }
  }
}

bool Campaign::Next(Job* job) {
  MutexLock lock(&mutex_);
  if (!failures_.empty()) return false;
  // A prefix may leave nothing of a round, but of some later one.
  while (jobs_.empty()) {
    if (IsOver()) return false;
    AddRound();
  }
  if (!jobs_.front().is_mandatory && IsOver()) return false;
  *job = std::move(jobs_.front());
  jobs_.pop_front();
  return true;
}

bool Campaign::IsOver() const { return clock_->MonotonicNow() >= end_; }

void Campaign::Work() {
  Job job;
  while (Next(&job)) {
    EnumeratorOptions options = options_.enumerator;
    options.seed = job.seed;
    options.exhaustive_losses_max = job.exhaustive_losses_max;
    if (job.is_mandatory) {
      options.losses_per_mode = 0;
    } else {
      options.is_over = [this] { return IsOver(); };
    }
    const absl::Duration begin = clock_->MonotonicNow();
    Enumerator enumerator(job.workload, options);
    const WorkloadReport report = enumerator.Run();
    Note(report, clock_->MonotonicNow() - begin);
  }
}

void Campaign::Note(const WorkloadReport& report, absl::Duration took) {
  MutexLock lock(&mutex_);
  CampaignRow& row = rows_[RowOf(report.name)];
  row.runs += 1;
  row.points = std::max(row.points, report.points);
  row.killed_points = std::max(row.killed_points, report.killed_points);
  row.exhausted_points = std::max(row.exhausted_points, report.exhausted_points);
  row.states += report.states;
  row.repeated_states += report.repeated_states;
  row.violations += static_cast<int64_t>(report.violations.size());
  row.opened_states += report.opened_states;
  row.took += took;
  if (!report.status.ok() || !report.violations.empty()) failures_.push_back(report);
  states_ += report.states;
  if (options_.on_workload != nullptr) {
    options_.on_workload(states_, end_ - clock_->MonotonicNow());
  }
}

void Campaign::Run() {
  if (options_.jobs <= 1) return Work();
  const std::unique_ptr<ThreadPool> threads = NewThreadPoolExecutor(options_.jobs);
  for (int i = 0; i < options_.jobs; ++i) threads->Run([this] { Work(); });
}

std::vector<std::string> Campaign::missing() const {
  std::vector<std::string> names;
  MutexLock lock(&mutex_);
  for (const Workload& workload : ScriptedWorkloads()) {
    if (!absl::StartsWith(workload.name, options_.workload_prefix)) continue;
    const auto row = rows_.find(workload.name);
    if (row == rows_.end() || row->second.points == 0 ||
        row->second.killed_points < row->second.points) {
      names.push_back(workload.name);
    }
  }
  return names;
}

std::map<std::string, CampaignRow> Campaign::rows() const {
  MutexLock lock(&mutex_);
  return rows_;
}

std::vector<WorkloadReport> Campaign::failures() const {
  MutexLock lock(&mutex_);
  return failures_;
}

int64_t Campaign::states() const {
  MutexLock lock(&mutex_);
  return states_;
}

}  // namespace tidemark
