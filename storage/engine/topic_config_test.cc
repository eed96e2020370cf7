// Settings by Kafka's names become the configuration of a log.

#include "storage/engine/topic_config.h"

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/setting_table.h"

namespace tidemark {
namespace {

LogConfig ConfigOf(const ConfigMap& topic, const ConfigMap& broker) {
  return MakeLogConfig(EffectiveTopicConfig(topic, broker), /*offset_gaps_allowed=*/false);
}

TEST(TopicConfig, WithoutSettingsALogBehavesAsItsOptionsSay) {
  const LogConfig config = ConfigOf({}, {});
  const LogConfig expected;
  EXPECT_EQ(config.segment_bytes_max, expected.segment_bytes_max);
  EXPECT_EQ(config.segment_age_max, expected.segment_age_max);
  EXPECT_EQ(config.segment_jitter_max, expected.segment_jitter_max);
  EXPECT_EQ(config.segment_index_bytes_max, expected.segment_index_bytes_max);
  EXPECT_EQ(config.index_interval_bytes, expected.index_interval_bytes);
  EXPECT_EQ(config.batch_bytes_max, expected.batch_bytes_max);
  EXPECT_EQ(config.timestamp_type, expected.timestamp_type);
  EXPECT_EQ(config.codec, expected.codec);
  EXPECT_EQ(config.compression_level, expected.compression_level);
  EXPECT_EQ(config.timestamp_before_max, expected.timestamp_before_max);
  EXPECT_EQ(config.timestamp_after_max, expected.timestamp_after_max);
  EXPECT_EQ(config.flush_interval_records, expected.flush_interval_records);
  EXPECT_EQ(config.flush_interval, expected.flush_interval);
  EXPECT_FALSE(config.offset_gaps_allowed);
}

TEST(TopicConfig, ATopicsOwnSettingsReachItsLog) {
  const LogConfig config = ConfigOf({{"segment.bytes", "100"},
                                     {"segment.ms", "5"},
                                     {"segment.jitter.ms", "4"},
                                     {"segment.index.bytes", "800"},
                                     {"index.interval.bytes", "7"},
                                     {"max.message.bytes", "8"},
                                     {"message.timestamp.type", "LogAppendTime"},
                                     {"message.timestamp.before.max.ms", "11"},
                                     {"message.timestamp.after.max.ms", "12"},
                                     {"flush.messages", "9"},
                                     {"flush.ms", "10"}},
                                    {});
  EXPECT_EQ(config.segment_bytes_max, 100);
  EXPECT_EQ(config.segment_age_max, absl::Milliseconds(5));
  EXPECT_EQ(config.segment_jitter_max, absl::Milliseconds(4));
  EXPECT_EQ(config.segment_index_bytes_max, 800);
  EXPECT_EQ(config.index_interval_bytes, 7);
  EXPECT_EQ(config.batch_bytes_max, 8);
  EXPECT_EQ(config.timestamp_type, TimestampType::kLogAppendTime);
  EXPECT_EQ(config.timestamp_before_max, absl::Milliseconds(11));
  EXPECT_EQ(config.timestamp_after_max, absl::Milliseconds(12));
  EXPECT_EQ(config.flush_interval_records, 9);
  EXPECT_EQ(config.flush_interval, absl::Milliseconds(10));
}

TEST(TopicConfig, CompressionTypesAreCodecsWithTheirOwnLevels) {
  const auto with = [](const std::string& type) {
    return ConfigOf({{"compression.type", type},
                     {"compression.gzip.level", "1"},
                     {"compression.lz4.level", "2"},
                     {"compression.zstd.level", "4"}},
                    {});
  };
  EXPECT_EQ(with("producer").codec, absl::nullopt);
  EXPECT_EQ(with("uncompressed").codec, Codec::kNone);
  EXPECT_EQ(with("snappy").codec, Codec::kSnappy);
  EXPECT_EQ(with("gzip").codec, Codec::kGzip);
  EXPECT_EQ(with("gzip").compression_level, 1);
  EXPECT_EQ(with("lz4").codec, Codec::kLz4);
  EXPECT_EQ(with("lz4").compression_level, 2);
  EXPECT_EQ(with("zstd").codec, Codec::kZstd);
  EXPECT_EQ(with("zstd").compression_level, 4);
}

TEST(TopicConfig, TheEnginesSettingsAreDefaultsForTopics) {
  const ConfigMap broker = {{"log.segment.bytes", "200"}, {"message.max.bytes", "300"}};
  EXPECT_EQ(ConfigOf({}, broker).segment_bytes_max, 200);
  EXPECT_EQ(ConfigOf({}, broker).batch_bytes_max, 300);
  EXPECT_EQ(ConfigOf({{"segment.bytes", "100"}}, broker).segment_bytes_max, 100);
}

TEST(TopicConfig, AFinerUnitWinsOverACoarserOne) {
  EXPECT_EQ(ConfigOf({}, {{"log.roll.hours", "2"}}).segment_age_max, absl::Hours(2));
  EXPECT_EQ(ConfigOf({}, {{"log.roll.hours", "2"}, {"log.roll.ms", "30"}}).segment_age_max,
            absl::Milliseconds(30));
  EXPECT_EQ(ConfigOf({}, {{"log.flush.scheduler.interval.ms", "40"}}).flush_interval,
            absl::Milliseconds(40));
  const ConfigMap effective =
      EffectiveTopicConfig({}, {{"log.retention.hours", "1"}, {"log.retention.minutes", "2"}});
  EXPECT_EQ(effective.at("retention.ms"), "120000");
}

TEST(TopicConfig, SegmentsOfCompactedTopicsGetNoOlderThanTheLongestCompactionLag) {
  const ConfigMap lag = {{"segment.ms", "1000"}, {"max.compaction.lag.ms", "70"}};
  const auto age_with = [](ConfigMap config, const std::string& name, const std::string& value) {
    config[name] = value;
    return ConfigOf(config, {}).segment_age_max;
  };
  EXPECT_EQ(age_with(lag, "cleanup.policy", "compact"), absl::Milliseconds(70));
  EXPECT_EQ(age_with(lag, "cleanup.policy", "compact,delete"), absl::Milliseconds(70));
  EXPECT_EQ(age_with(lag, "cleanup.policy", "delete"), absl::Milliseconds(1000));
  const ConfigMap short_age = {{"cleanup.policy", "compact"}, {"segment.ms", "5"}};
  EXPECT_EQ(age_with(short_age, "max.compaction.lag.ms", "70"), absl::Milliseconds(5));
  EXPECT_EQ(ConfigOf({{"cleanup.policy", "compact"}}, {}).segment_age_max, absl::Hours(168));
}

TEST(TopicConfig, NoSegmentIsRolledBeforeItHasAnAge) {
  EXPECT_EQ(ConfigOf({{"segment.ms", "5"}, {"segment.jitter.ms", "6"}}, {}).segment_jitter_max,
            absl::Milliseconds(5));
  EXPECT_EQ(ConfigOf({{"cleanup.policy", "compact"},
                      {"max.compaction.lag.ms", "3"},
                      {"segment.jitter.ms", "6"}},
                     {})
                .segment_jitter_max,
            absl::Milliseconds(3));
}

TEST(TopicConfig, NoLimitStaysNoLimitInEveryUnit) {
  EXPECT_EQ(EffectiveTopicConfig({}, {{"log.retention.hours", "-1"}}).at("retention.ms"), "-1");
}

TEST(TopicConfig, CompactionAllowsGapsBetweenOffsets) {
  EXPECT_TRUE(ConfigOf({{"cleanup.policy", "compact"}}, {}).offset_gaps_allowed);
  EXPECT_TRUE(ConfigOf({{"cleanup.policy", "delete,compact"}}, {}).offset_gaps_allowed);
  EXPECT_TRUE(ConfigOf({}, {{"log.cleanup.policy", "compact"}}).offset_gaps_allowed);
  EXPECT_FALSE(ConfigOf({{"cleanup.policy", "delete"}}, {}).offset_gaps_allowed);
  EXPECT_TRUE(ConfigOf({{"cleanup.policy", "delete,compact"}}, {}).keys_required);
  EXPECT_FALSE(MakeLogConfig(EffectiveTopicConfig({}, {}), true).keys_required)
      << "an old policy may have left gaps, but asks for no keys";
  EXPECT_TRUE(MakeLogConfig(EffectiveTopicConfig({}, {}), true).offset_gaps_allowed);
}

TEST(TopicConfig, UnknownSettingsAreRefusedByName) {
  const absl::Status topic = CheckTopicSettings({{"segment.byte", "1"}}).status();
  EXPECT_EQ(topic.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(topic.message().find("\"segment.byte\""), absl::string_view::npos);
  EXPECT_NE(topic.message().find("segment.bytes"), absl::string_view::npos);
  const absl::Status broker = CheckBrokerSettings({{"num.partition", "1"}}).status();
  EXPECT_EQ(broker.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(broker.message().find("\"num.partition\""), absl::string_view::npos);
}

TEST(TopicConfig, SettingsThatHaveNoPlaceHereAreRefusedWithTheReason) {
  for (const std::string name :
       {"log.dir", "log.dirs", "metadata.log.dir", "remote.log.storage.system.enable"}) {
    const absl::Status status = CheckBrokerSettings({{name, "x"}}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(status.message().find("is not taken: the"), absl::string_view::npos) << status;
  }
}

TEST(TopicConfig, EngineSettingsBelowWhatATopicTakesBecomeItsLowest) {
  const ConfigMap effective =
      EffectiveTopicConfig({}, {{"log.retention.minutes", "-7"}, {"log.flush.interval.ms", "-3"}});
  EXPECT_EQ(effective.at("retention.ms"), "-1");
  EXPECT_EQ(effective.at("flush.ms"), "0");
}

TEST(TopicConfig, EffectiveEngineSettingsHoldDefaults) {
  const ConfigMap effective = EffectiveBrokerConfig({{"num.partitions", "7"}});
  EXPECT_EQ(effective.at("num.partitions"), "7");
  EXPECT_EQ(effective.at("offsets.topic.num.partitions"), "50");
  EXPECT_FALSE(effective.contains("log.retention.ms"));
}

TEST(TopicConfig, EachCleanerThreadNeedsABuffer) {
  ConfigMap broker = {{"log.cleaner.dedupe.buffer.size", "3145731"}, {"log.cleaner.threads", "3"}};
  EXPECT_TRUE(CheckBrokerSettingsTogether(broker).ok());
  broker["log.cleaner.dedupe.buffer.size"] = "3145728";
  EXPECT_EQ(CheckBrokerSettingsTogether(broker).code(), absl::StatusCode::kInvalidArgument);
}

TEST(TopicConfig, ASettingOfTheOtherLevelIsNamed) {
  const absl::Status topic = CheckTopicSettings({{"log.segment.bytes", "100"}}).status();
  EXPECT_NE(topic.message().find("called segment.bytes"), absl::string_view::npos);
  const absl::Status broker = CheckBrokerSettings({{"segment.bytes", "100"}}).status();
  EXPECT_NE(broker.message().find("called log.segment.bytes"), absl::string_view::npos);
}

TEST(TopicConfig, InvalidValuesAreRefusedAtBothLevels) {
  EXPECT_FALSE(CheckTopicSettings({{"segment.bytes", "x"}}).ok());
  EXPECT_FALSE(CheckBrokerSettings({{"num.partitions", "0"}}).ok());
  EXPECT_EQ(CheckTopicSettings({{"segment.bytes", " 99 "}})->at("segment.bytes"), "99");
}

TEST(TopicConfig, ContradictingSettingsAreRefused) {
  const ConfigMap effective =
      EffectiveTopicConfig({{"min.compaction.lag.ms", "10"}, {"max.compaction.lag.ms", "9"}}, {});
  EXPECT_EQ(CheckTopicSettingsTogether(effective).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(CheckTopicSettingsTogether(EffectiveTopicConfig({}, {})).ok());
}

TEST(TopicConfig, SettingsThatNothingActsOnAreTold) {
  EXPECT_EQ(TopicSettingsOnlyKept({{"preallocate", "true"}, {"segment.bytes", "100"}}),
            std::vector<std::string>{"preallocate"});
}

TEST(TopicConfig, EngineNumbersHaveDefaults) {
  EXPECT_EQ(BrokerNumber({}, "num.partitions"), 1);
  EXPECT_EQ(BrokerNumber({{"num.partitions", "7"}}, "num.partitions"), 7);
}

bool IsList(const Setting& setting) {
  return setting.type == SettingType::kReplicas || setting.type == SettingType::kNameList;
}

// The row of the document for a setting begins like this.
std::string DocumentRow(const Setting& setting) {
  const absl::string_view value = setting.default_value;
  return absl::StrCat("| `", setting.name, "` | ",
                      value.empty() && !IsList(setting) ? "none" : value, " | ",
                      setting.is_acted_on ? "yes" : "no", " | ");
}

TEST(TopicConfig, TheDocumentListsEverySettingWithDefaultAndEffect) {
  std::ifstream file("docs/CONFIGURATION.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string document = text.str();
  ASSERT_FALSE(document.empty());
  const size_t broker_part = document.find("## Engine settings");
  ASSERT_NE(broker_part, std::string::npos);
  for (const Setting& setting : TopicSettings()) {
    EXPECT_LT(document.find(DocumentRow(setting)), broker_part) << DocumentRow(setting);
  }
  for (const Setting& setting : BrokerSettings()) {
    EXPECT_NE(document.find(DocumentRow(setting), broker_part), std::string::npos)
        << DocumentRow(setting);
  }
  for (const RefusedSetting& refused : RefusedSettings()) {
    EXPECT_NE(document.find(absl::StrCat("| `", refused.name)), std::string::npos) << refused.name;
  }
}

}  // namespace
}  // namespace tidemark
