#include "storage/engine/background_tasks.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "storage/engine/topic_config.h"

namespace tidemark {
namespace {

constexpr absl::string_view kCheckpointSetting = "log.flush.offset.checkpoint.interval.ms";
constexpr absl::string_view kRetentionSetting = "log.retention.check.interval.ms";
constexpr absl::string_view kBackoffSetting = "log.cleaner.backoff.ms";
constexpr absl::string_view kProducerSetting = "producer.id.expiration.check.interval.ms";
constexpr absl::string_view kInitialDelaySetting = "log.initial.task.delay.ms";

absl::Duration MillisecondsOf(const ConfigMap& settings, absl::string_view name) {
  return absl::Milliseconds(BrokerNumber(settings, name));
}

absl::Duration CheckpointInterval(const ConfigMap& settings, absl::Duration otherwise) {
  if (!settings.contains(std::string(kCheckpointSetting))) return otherwise;
  const absl::Duration interval = MillisecondsOf(settings, kCheckpointSetting);
  return interval == absl::ZeroDuration() ? absl::InfiniteDuration() : interval;
}

}  // namespace

BackgroundTasks::BackgroundTasks(Executor* executor, absl::Duration checkpoint_interval, Work work,
                                 const ConfigMap& settings)
    : checkpoint_interval_(checkpoint_interval),
      retention_interval_(MillisecondsOf(settings, kRetentionSetting)),
      checkpoint_(executor, absl::InfiniteDuration(), std::move(work.checkpoint)),
      retention_(executor, absl::InfiniteDuration(),
                 [this, retain = std::move(work.retain)] {
                   retain();
                   MutexLock lock(&mutex_);
                   retention_.SetInterval(retention_interval_);
                 }),
      producer_expiry_(executor, MillisecondsOf(settings, kProducerSetting),
                       std::move(work.expire_producers)),
      scrub_(executor, MillisecondsOf(settings, kInitialDelaySetting),
             [this, scrub = std::move(work.scrub)] { scrub_.SetInterval(scrub()); }) {
  checkpoint_.SetInterval(CheckpointInterval(settings, checkpoint_interval_));
  retention_.SetInterval(MillisecondsOf(settings, kInitialDelaySetting));
  for (int64_t i = 0; i < BrokerNumber(settings, "log.cleaner.threads"); ++i) {
    cleaners_.push_back(std::make_unique<PeriodicTask>(
        executor, MillisecondsOf(settings, kBackoffSetting), work.clean));
  }
}

void BackgroundTasks::Apply(const ConfigMap& settings) {
  checkpoint_.SetInterval(CheckpointInterval(settings, checkpoint_interval_));
  for (const auto& cleaner : cleaners_) {
    cleaner->SetInterval(MillisecondsOf(settings, kBackoffSetting));
  }
  producer_expiry_.SetInterval(MillisecondsOf(settings, kProducerSetting));
  const absl::Duration interval = MillisecondsOf(settings, kRetentionSetting);
  MutexLock lock(&mutex_);
  // What is planned already is not put off by a change of something else.
  if (interval == retention_interval_) return;
  retention_interval_ = interval;
  retention_.SetInterval(interval);
}

void BackgroundTasks::Stop() {
  checkpoint_.Stop();
  retention_.Stop();
  producer_expiry_.Stop();
  scrub_.Stop();
  for (const auto& cleaner : cleaners_) cleaner->Stop();
}

}  // namespace tidemark
