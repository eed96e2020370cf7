#include "storage/engine/setting_table.h"

#include "absl/strings/match.h"

namespace tidemark {
namespace {

constexpr int64_t kMillisecondsPerMinute = 60 * 1000;
constexpr int64_t kMillisecondsPerHour = 60 * kMillisecondsPerMinute;

constexpr SettingSynonym kSynonyms[] = {
    {"cleanup.policy", "log.cleanup.policy"},
    {"compression.gzip.level", "compression.gzip.level"},
    {"compression.lz4.level", "compression.lz4.level"},
    {"compression.type", "compression.type"},
    {"compression.zstd.level", "compression.zstd.level"},
    {"delete.retention.ms", "log.cleaner.delete.retention.ms"},
    {"file.delete.delay.ms", "log.segment.delete.delay.ms"},
    {"flush.messages", "log.flush.interval.messages"},
    {"flush.ms", "log.flush.interval.ms"},
    {"flush.ms", "log.flush.scheduler.interval.ms"},
    {"index.interval.bytes", "log.index.interval.bytes"},
    {"local.retention.bytes", "log.local.retention.bytes"},
    {"local.retention.ms", "log.local.retention.ms"},
    {"max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms"},
    {"max.message.bytes", "message.max.bytes"},
    {"message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms"},
    {"message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms"},
    {"message.timestamp.type", "log.message.timestamp.type"},
    {"min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio"},
    {"min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms"},
    {"min.insync.replicas", "min.insync.replicas"},
    {"preallocate", "log.preallocate"},
    {"retention.bytes", "log.retention.bytes"},
    {"retention.ms", "log.retention.ms"},
    {"retention.ms", "log.retention.minutes", kMillisecondsPerMinute},
    {"retention.ms", "log.retention.hours", kMillisecondsPerHour},
    {"segment.bytes", "log.segment.bytes"},
    {"segment.index.bytes", "log.index.size.max.bytes"},
    {"segment.jitter.ms", "log.roll.jitter.ms"},
    {"segment.jitter.ms", "log.roll.jitter.hours", kMillisecondsPerHour},
    {"segment.ms", "log.roll.ms"},
    {"segment.ms", "log.roll.hours", kMillisecondsPerHour},
    {"unclean.leader.election.enable", "unclean.leader.election.enable"},
};

const Setting* Find(absl::Span<const Setting> settings, absl::string_view name) {
  for (const Setting& setting : settings) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

}  // namespace

absl::Span<const SettingSynonym> SettingSynonyms() { return kSynonyms; }

const Setting* FindTopicSetting(absl::string_view name) { return Find(TopicSettings(), name); }
const Setting* FindBrokerSetting(absl::string_view name) { return Find(BrokerSettings(), name); }

const RefusedSetting* FindRefusedSetting(absl::string_view name) {
  for (const RefusedSetting& refused : RefusedSettings()) {
    const bool is_family = absl::EndsWith(refused.name, ".");
    if (is_family ? absl::StartsWith(name, refused.name) : name == refused.name) return &refused;
  }
  return nullptr;
}

}  // namespace tidemark
