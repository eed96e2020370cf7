#include "storage/engine/compaction_settings.h"

#include <limits>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/base/check.h"
#include "storage/engine/setting_value.h"
#include "storage/engine/topic_config.h"
#include "storage/options.h"

namespace tidemark {
namespace {

const std::string& ValueOf(const ConfigMap& effective, absl::string_view name) {
  const auto found = effective.find(std::string(name));
  TM_CHECK(found != effective.end());
  return found->second;
}

absl::Duration MillisecondsOf(const ConfigMap& effective, absl::string_view name) {
  const int64_t milliseconds = SettingNumber(ValueOf(effective, name));
  return milliseconds == std::numeric_limits<int64_t>::max() ? absl::InfiniteDuration()
                                                             : absl::Milliseconds(milliseconds);
}

double BrokerDouble(const ConfigMap& broker, absl::string_view name) {
  return SettingDouble(BrokerText(broker, name));
}

}  // namespace

CompactionConfig MakeCompactionConfig(const ConfigMap& effective) {
  const LogConfig log = MakeLogConfig(effective, /*offset_gaps_allowed=*/true);
  CompactionConfig config;
  config.dirty_ratio_min = SettingDouble(ValueOf(effective, "min.cleanable.dirty.ratio"));
  config.lag_min = MillisecondsOf(effective, "min.compaction.lag.ms");
  config.lag_max = MillisecondsOf(effective, "max.compaction.lag.ms");
  config.delete_retention = MillisecondsOf(effective, "delete.retention.ms");
  const int64_t rate = SettingNumber(ValueOf(effective, "tidemark.compaction.bytes.per.second"));
  if (rate < std::numeric_limits<int64_t>::max()) {
    config.bytes_per_second_max = static_cast<double>(rate);
  }
  config.codec = log.codec;
  config.compression_level = log.compression_level;
  config.segment_bytes_max = log.segment_bytes_max;
  config.segment_index_bytes_max = log.segment_index_bytes_max;
  config.index_interval_bytes = log.index_interval_bytes;
  return config;
}

CompactorOptions MakeCompactorOptions(const ConfigMap& broker) {
  CompactorOptions options;
  options.map_bytes_max = BrokerNumber(broker, "log.cleaner.dedupe.buffer.size") /
                          BrokerNumber(broker, "log.cleaner.threads");
  options.map_load_factor = BrokerDouble(broker, "log.cleaner.io.buffer.load.factor");
  return options;
}

double CleanerBytesPerSecond(const ConfigMap& broker) {
  return BrokerDouble(broker, "log.cleaner.io.max.bytes.per.second");
}

}  // namespace tidemark
