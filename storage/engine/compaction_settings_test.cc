#include "storage/engine/compaction_settings.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "storage/compaction/io_throttle.h"
#include "storage/engine/topic_config.h"

namespace tidemark {
namespace {

TEST(CompactionSettings, DefaultsAreKafkas) {
  const CompactionConfig config = MakeCompactionConfig(EffectiveTopicConfig({}, {}));
  const CompactionConfig expected;
  EXPECT_EQ(config.dirty_ratio_min, expected.dirty_ratio_min);
  EXPECT_EQ(config.lag_min, expected.lag_min);
  EXPECT_EQ(config.lag_max, expected.lag_max);
  EXPECT_EQ(config.delete_retention, expected.delete_retention);
  EXPECT_EQ(config.bytes_per_second_max, IoThrottle::kUnlimited);
  EXPECT_EQ(config.codec, absl::nullopt);
  EXPECT_EQ(config.segment_bytes_max, expected.segment_bytes_max);
  EXPECT_EQ(config.segment_index_bytes_max, expected.segment_index_bytes_max);
  EXPECT_EQ(config.index_interval_bytes, expected.index_interval_bytes);
  EXPECT_EQ(MakeCompactorOptions({}).map_bytes_max, KeyOffsetMap::kMemoryBytesDefault);
  EXPECT_EQ(MakeCompactorOptions({}).map_load_factor, KeyOffsetMap::kLoadFactorDefault);
  EXPECT_EQ(CleanerBytesPerSecond({}), IoThrottle::kUnlimited);
}

TEST(CompactionSettings, TheTopicsComeFirstThenTheEngines) {
  const ConfigMap broker = {{"log.cleaner.min.cleanable.ratio", "0.25"},
                            {"log.cleaner.delete.retention.ms", "7000"}};
  const ConfigMap topic = {{"delete.retention.ms", "9000"},
                           {"min.compaction.lag.ms", "10"},
                           {"max.compaction.lag.ms", "20000"},
                           {"compression.type", "zstd"},
                           {"compression.zstd.level", "7"},
                           {"segment.bytes", "2000000"},
                           {"segment.index.bytes", "120"},
                           {"index.interval.bytes", "33"},
                           {"tidemark.compaction.bytes.per.second", "44"}};
  const CompactionConfig config = MakeCompactionConfig(EffectiveTopicConfig(topic, broker));
  EXPECT_EQ(config.dirty_ratio_min, 0.25);
  EXPECT_EQ(config.lag_min, absl::Milliseconds(10));
  EXPECT_EQ(config.lag_max, absl::Seconds(20));
  EXPECT_EQ(config.delete_retention, absl::Seconds(9));
  EXPECT_EQ(config.bytes_per_second_max, 44);
  EXPECT_EQ(config.codec, Codec::kZstd);
  EXPECT_EQ(config.compression_level, 7);
  EXPECT_EQ(config.segment_bytes_max, 2'000'000);
  EXPECT_EQ(config.segment_index_bytes_max, 120);
  EXPECT_EQ(config.index_interval_bytes, 33);
}

TEST(CompactionSettings, TheMemoryIsSharedByTheThreads) {
  const ConfigMap broker = {{"log.cleaner.dedupe.buffer.size", "8000000"},
                            {"log.cleaner.threads", "4"},
                            {"log.cleaner.io.buffer.load.factor", "0.5"},
                            {"log.cleaner.io.max.bytes.per.second", "1e6"}};
  EXPECT_EQ(MakeCompactorOptions(broker).map_bytes_max, 2'000'000);
  EXPECT_EQ(MakeCompactorOptions(broker).map_load_factor, 0.5);
  EXPECT_EQ(CleanerBytesPerSecond(broker), 1e6);
}

}  // namespace
}  // namespace tidemark
