#include "storage/compaction/compactor.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/compaction/first_timestamps.h"

namespace tidemark {
namespace {

// True if trying again will not help.
bool IsOfTheLog(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsInvalidArgument(status) || absl::IsOutOfRange(status);
}

// Whether what looked like damage may be that the log is not what it was.
bool HasMoved(const CleanableLog& log, const CleanableState& before) {
  const absl::StatusOr<CleanableState> now = log.Look();
  return !now.ok() || now->log_start != before.log_start || now->log_end < before.log_end;
}

void Add(const CleaningPass& pass, CompactionOutcome* outcome) {
  outcome->segments_before += pass.segments_before;
  outcome->segments_after += pass.segments_after;
  outcome->bytes_before += pass.bytes_before;
  outcome->bytes_after += pass.bytes_after;
  outcome->records_before += pass.records_before;
  outcome->records_after += pass.records_after;
  outcome->keyless_records += pass.keyless_records;
}

absl::Status NotWanted() {
  return absl::AbortedError("compaction: the log is being closed, or compacted no more");
}

std::string NameOf(const TopicPartition& topic_partition) {
  return absl::StrCat(topic_partition.topic, "-", topic_partition.partition.value());
}

}  // namespace

Compactor::Compactor(const Environment& environment, const CompactorOptions& options,
                     IoThrottle* throttle)
    : environment_(environment), throttle_(throttle), options_(options) {}

void Compactor::SetOptions(const CompactorOptions& options) {
  MutexLock lock(&mutex_);
  options_ = options;
}

Timestamp Compactor::Now() const {
  return Timestamp(absl::ToUnixMillis(environment_.clock->Now()));
}

absl::StatusOr<CompactionPlan> Compactor::Plan(const LogToCompact& log,
                                               CleanableState* state) const {
  TM_ASSIGN_OR_RETURN(*state, log.log->Look());
  CompactionInput input;
  input.log_start = state->log_start;
  input.last_stable = state->last_stable;
  input.log_end = state->log_end;
  input.checkpoint = log.checkpoint->Find(log.log->topic_partition());
  if (log.config.lag_max < absl::InfiniteDuration()) {
    FillFirstTimestamps(*log.log, input.checkpoint.value_or(input.log_start), state);
  }
  input.segments = state->segments;
  return PlanCompaction(input, log.config, Now());
}

bool Compactor::TryBegin(const TopicPartition& topic_partition, bool is_background) {
  MutexLock lock(&mutex_);
  if (is_background && is_stopped_) return false;
  Entry& entry = entries_[topic_partition];
  if (is_background && (entry.is_running || !entry.set_aside_because.empty())) return false;
  ++entry.waiters;
  while (entry.is_running) ended_.Wait(&mutex_);
  --entry.waiters;
  entry.is_running = true;
  entry.is_ended = false;
  return true;
}

absl::optional<CompactionOutcome> Compactor::CleanDirtiest(absl::Span<const LogToCompact> logs) {
  std::vector<CompactionCandidate> candidates;
  std::vector<const LogToCompact*> sources;
  for (const LogToCompact& log : logs) {
    const CompactionState state = State(log);
    if (!state.is_due || state.is_running || !state.set_aside_because.empty()) continue;
    CompactionPlan plan;
    plan.cleanable_bytes = state.cleanable_bytes;
    plan.dirty_ratio = state.dirty_ratio;
    plan.overdue = absl::InfiniteDuration();  // It is due: only the ratio decides among these.
    candidates.push_back({plan, &log.config});
    sources.push_back(&log);
  }
  while (const absl::optional<size_t> dirtiest = PickDirtiest(candidates)) {
    const LogToCompact& log = *sources[*dirtiest];
    if (TryBegin(log.log->topic_partition(), /*is_background=*/true)) return Run(log);
    candidates.erase(candidates.begin() + static_cast<ptrdiff_t>(*dirtiest));
    sources.erase(sources.begin() + static_cast<ptrdiff_t>(*dirtiest));
  }
  return absl::nullopt;
}

CompactionOutcome Compactor::CleanNow(const LogToCompact& log) {
  TryBegin(log.log->topic_partition(), /*is_background=*/false);
  return Run(log);
}

CompactionOutcome Compactor::Run(const LogToCompact& log) {
  CompactionOutcome outcome;
  outcome.topic_partition = log.log->topic_partition();
  outcome.started = environment_.clock->Now();
  const absl::Duration start = environment_.clock->MonotonicNow();
  outcome.status = Annotate(RunPasses(log, &outcome), NameOf(outcome.topic_partition));
  outcome.took = environment_.clock->MonotonicNow() - start;
  Finish(outcome);
  return outcome;
}

absl::Status Compactor::RunPasses(const LogToCompact& log, CompactionOutcome* outcome) {
  if (log.is_wanted != nullptr && !log.is_wanted()) return NotWanted();
  CleanableState state;
  TM_ASSIGN_OR_RETURN(const CompactionPlan plan, Plan(log, &state));
  outcome->first_dirty = plan.first_dirty;
  outcome->cleaned_until = plan.first_dirty;
  if (plan.cleanable_bytes == 0) return absl::OkStatus();
  if (log.check_room != nullptr) TM_RETURN_IF_ERROR(log.check_room());
  if (plan.is_checkpoint_invalid) {
    // It must not seem valid once the log has grown.
    TM_RETURN_IF_ERROR(log.checkpoint->Lower(outcome->topic_partition, plan.first_dirty));
  }
  TM_ASSIGN_OR_RETURN(KeyOffsetMap map, MakeMap());
  CleaningLimits limits;
  limits.throttles = {throttle_};
  if (log.throttle != nullptr) limits.throttles.push_back(log.throttle.get());
  limits.check = [this, topic_partition = outcome->topic_partition,
                  check_room = log.check_room]() -> absl::Status {
    TM_RETURN_IF_ERROR(Check(topic_partition));
    return check_room == nullptr ? absl::OkStatus() : check_room();
  };
  LogCleaner cleaner(environment_.file_system, std::move(map), std::move(limits));
  // What becomes cleanable meanwhile is for the next time, so that this one ends.
  while (outcome->cleaned_until < plan.first_uncleanable) {
    const Offset before = outcome->cleaned_until;
    TM_RETURN_IF_ERROR(RunPass(log, plan.first_uncleanable, &cleaner, outcome));
    TM_CHECK(outcome->cleaned_until > before);
  }
  return absl::OkStatus();
}

absl::StatusOr<KeyOffsetMap> Compactor::MakeMap() const {
  CompactorOptions options;
  {
    MutexLock lock(&mutex_);
    options = options_;
  }
  return KeyOffsetMap::Create(options.map_bytes_max, options.map_load_factor, environment_.random);
}

absl::Status Compactor::RunPass(const LogToCompact& log, Offset first_uncleanable,
                                LogCleaner* cleaner, CompactionOutcome* outcome) {
  const int64_t lowered_count = log.checkpoint->lowered_count();
  CleanableState state;
  TM_ASSIGN_OR_RETURN(CompactionPlan plan, Plan(log, &state));
  plan.first_uncleanable = std::min(plan.first_uncleanable, first_uncleanable);
  if (plan.first_uncleanable <= plan.first_dirty || plan.first_dirty < outcome->cleaned_until) {
    return absl::AbortedError("compaction: the log has been truncated meanwhile");
  }
  CleaningPass pass;
  const absl::Status status =
      cleaner->CleanOnce(log.log.get(), state, plan, log.config, Now(), &pass);
  Add(pass, outcome);
  if (IsOfTheLog(status) && HasMoved(*log.log, state)) {
    return absl::AbortedError(
        absl::StrCat("compaction: the log has been truncated meanwhile; ", status.message()));
  }
  TM_RETURN_IF_ERROR(status);
  TM_RETURN_IF_ERROR(log.checkpoint->Set(outcome->topic_partition, pass.end, lowered_count));
  ++outcome->pass_count;
  outcome->cleaned_until = pass.end;
  return absl::OkStatus();
}

absl::Status Compactor::Check(const TopicPartition& topic_partition) const {
  MutexLock lock(&mutex_);
  if (is_stopped_) return absl::CancelledError("compaction: stopped");
  const auto entry = entries_.find(topic_partition);
  if (entry == entries_.end() || entry->second.is_ended) {
    return NotWanted();
  }
  return absl::OkStatus();
}

void Compactor::Finish(const CompactionOutcome& outcome) {
  MutexLock lock(&mutex_);
  Entry& entry = entries_[outcome.topic_partition];
  entry.is_running = false;
  entry.last_run = outcome;
  entry.saved_bytes += outcome.saved_bytes();
  if (outcome.status.ok()) {
    entry.set_aside_because.clear();
  } else if (IsOfTheLog(outcome.status)) {
    entry.set_aside_because = std::string(outcome.status.message());
  }
  ended_.NotifyAll();
}

CompactionState Compactor::State(const LogToCompact& log) const {
  CompactionState result;
  result.topic_partition = log.log->topic_partition();
  CleanableState state;
  if (const absl::StatusOr<CompactionPlan> plan = Plan(log, &state); plan.ok()) {
    result.dirty_ratio = plan->dirty_ratio;
    result.cleanable_bytes = plan->cleanable_bytes;
    result.first_dirty = plan->first_dirty;
    result.first_uncleanable = plan->first_uncleanable;
    result.is_due = IsDue(*plan, log.config);
  }
  MutexLock lock(&mutex_);
  const auto found = entries_.find(result.topic_partition);
  if (found == entries_.end()) return result;
  const Entry& entry = found->second;
  result.is_running = entry.is_running;
  result.set_aside_because = entry.set_aside_because;
  result.last_run = entry.last_run;
  result.saved_bytes = entry.saved_bytes;
  return result;
}

void Compactor::Forget(const TopicPartition& topic_partition) {
  MutexLock lock(&mutex_);
  const auto found = entries_.find(topic_partition);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  ++entry.waiters;
  while (entry.is_running) {
    entry.is_ended = true;
    ended_.Wait(&mutex_);
  }
  if (--entry.waiters == 0) {
    entries_.erase(found);
  } else {
    entry.set_aside_because.clear();
    entry.last_run.reset();
    entry.saved_bytes = 0;
  }
}

void Compactor::Stop() {
  MutexLock lock(&mutex_);
  is_stopped_ = true;
  const auto is_any_running = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return std::any_of(entries_.begin(), entries_.end(),
                       [](const auto& entry) { return entry.second.is_running; });
  };
  while (is_any_running()) ended_.Wait(&mutex_);
}

}  // namespace tidemark
