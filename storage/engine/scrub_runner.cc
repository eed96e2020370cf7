#include "storage/engine/scrub_runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/engine/open_topics.h"
#include "storage/engine/partition_directory.h"
#include "storage/format/file_names.h"
#include "storage/scrub/scrub_policy.h"
#include "storage/segment/damage_search.h"

namespace tidemark {
namespace {

constexpr int64_t kStepBytes = int64_t{1} << 20;
// How often it is looked whether anything has become due.
constexpr absl::Duration kLookInterval = absl::Minutes(10);
constexpr absl::Duration kPauseMin = absl::Milliseconds(1);

}  // namespace

ScrubRunner::ScrubRunner(const Environment& environment, const TopicMap* topics,
                         const EngineSettings* settings, const DirectorySet* directories)
    : file_system_(environment.file_system),
      clock_(environment.clock),
      topics_(topics),
      settings_(settings),
      directories_(directories) {}

absl::optional<LogToScrub> ScrubRunner::Find(const TopicPartition& topic_partition) const {
  const std::shared_ptr<const LiveTopic> topic = topics_->Find(topic_partition.topic);
  if (topic == nullptr) return absl::nullopt;
  const auto found = topic->partitions.find(topic_partition.partition);
  if (found == topic->partitions.end() || found->second.log == nullptr) return absl::nullopt;
  LogToScrub log;
  log.file_system = file_system_;
  log.log = found->second.log;
  log.directory =
      PartitionDirectoryPath(directories_->root(found->second.directory), topic_partition);
  log.gaps_allowed = LogConfigOf(topic->file, *settings_->Get()).offset_gaps_allowed;
  return log;
}

absl::optional<int64_t> ScrubRunner::StepOf(PartitionScrub* scrub) {
  if (is_stopped_) return absl::nullopt;
  const absl::optional<LogToScrub> now = Find(scrub->log().log->topic_partition());
  if (!now.has_value() || now->log != scrub->log().log) return absl::nullopt;
  return scrub->Step(kStepBytes);
}

ScrubOutcome ScrubRunner::Finish(PartitionScrub* scrub) {
  ScrubOutcome outcome = scrub->TakeOutcome(clock_->Now());
  MutexLock lock(&mutex_);
  last_[outcome.topic_partition] = {clock_->MonotonicNow(), outcome};
  return outcome;
}

std::vector<ScrubOutcome> ScrubRunner::Run(const std::vector<std::string>& topics) {
  std::vector<ScrubOutcome> outcomes;
  for (const std::string& name : topics) {
    const std::shared_ptr<const LiveTopic> topic = topics_->Find(name);
    if (topic == nullptr) continue;
    for (const auto& [number, partition] : topic->partitions) {
      absl::optional<LogToScrub> log = Find({name, number});
      if (!log.has_value()) continue;
      PartitionScrub scrub(*std::move(log));
      while (true) {
        MutexLock lock(&step_mutex_);
        if (!StepOf(&scrub).has_value()) break;
        if (!scrub.is_done()) continue;
        outcomes.push_back(Finish(&scrub));
        break;
      }
    }
  }
  return outcomes;
}

std::unique_ptr<PartitionScrub> ScrubRunner::BeginNext() {
  std::vector<TopicPartition> names;
  std::vector<absl::optional<absl::Duration>> last_scrubs;
  for (const auto& [name, partition] : topics_->Partitions()) {
    if (partition.log == nullptr) continue;
    names.push_back(name);
    MutexLock lock(&mutex_);
    const auto last = last_.find(name);
    last_scrubs.push_back(last == last_.end() ? absl::nullopt
                                              : absl::make_optional(last->second.at));
  }
  const absl::Duration interval =
      absl::Milliseconds(settings_->Number("tidemark.scrub.interval.ms"));
  const absl::optional<size_t> next = NextToScrub(last_scrubs, clock_->MonotonicNow(), interval);
  if (!next.has_value()) return nullptr;
  absl::optional<LogToScrub> log = Find(names[*next]);
  return log.has_value() ? std::make_unique<PartitionScrub>(*std::move(log)) : nullptr;
}

absl::Duration ScrubRunner::Step() {
  MutexLock lock(&step_mutex_);
  int64_t checked_bytes = 0;
  while (checked_bytes < kStepBytes) {
    if (current_ == nullptr) current_ = BeginNext();
    if (current_ == nullptr) return kLookInterval;
    const absl::optional<int64_t> bytes = StepOf(current_.get());
    if (bytes.has_value()) checked_bytes += *bytes;
    if (bytes.has_value() && current_->is_done()) Finish(current_.get());
    if (!bytes.has_value() || current_->is_done()) current_.reset();
    if (is_stopped_) return kLookInterval;
  }
  const auto rate = static_cast<double>(settings_->Number("tidemark.scrub.bytes.per.second"));
  return std::max(kPauseMin, absl::Seconds(static_cast<double>(checked_bytes) / rate));
}

std::vector<ScrubOutcome> ScrubRunner::Outcomes() const {
  MutexLock lock(&mutex_);
  std::vector<ScrubOutcome> outcomes;
  outcomes.reserve(last_.size());
  for (const auto& [name, last] : last_) outcomes.push_back(last.outcome);
  return outcomes;
}

std::vector<absl::Status> ScrubRunner::errors() const {
  std::vector<absl::Status> errors;
  for (const ScrubOutcome& outcome : Outcomes()) {
    const std::string what =
        absl::StrCat(FormatPartitionDirectoryName(outcome.topic_partition), ": scrub");
    if (!outcome.status.ok()) errors.push_back(Annotate(outcome.status, what));
    for (const DamagedRange& range : outcome.damaged) {
      errors.push_back(Annotate(DamageError(range), what));
    }
    for (const std::string& doubt : outcome.doubts) {
      errors.push_back(Annotate(absl::DataLossError(doubt), what));
    }
  }
  return errors;
}

void ScrubRunner::Forget(const std::string& topic) {
  MutexLock lock(&step_mutex_);
  if (current_ != nullptr && current_->log().log->topic_partition().topic == topic) {
    current_.reset();
  }
  MutexLock results_lock(&mutex_);
  std::erase_if(last_, [&](const auto& last) { return last.first.topic == topic; });
}

void ScrubRunner::Stop() {
  MutexLock lock(&step_mutex_);
  is_stopped_ = true;
  current_.reset();
}

}  // namespace tidemark
