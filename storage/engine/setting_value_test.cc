// Every setting takes what Kafka takes and refuses the rest by name.

#include "storage/engine/setting_value.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "storage/engine/setting_table.h"

namespace tidemark {
namespace {

absl::StatusOr<std::string> CheckTopic(absl::string_view name, absl::string_view value) {
  const Setting* setting = FindTopicSetting(name);
  EXPECT_NE(setting, nullptr) << name;
  return CheckSettingValue(*setting, value);
}

void ExpectRefused(absl::string_view name, absl::string_view value, absl::string_view allowed) {
  const auto checked = CheckTopic(name, value);
  EXPECT_EQ(checked.status().code(), absl::StatusCode::kInvalidArgument) << value;
  EXPECT_NE(checked.status().message().find(name), absl::string_view::npos);
  EXPECT_NE(checked.status().message().find(allowed), absl::string_view::npos)
      << checked.status().message();
}

TEST(SettingTable, EveryDefaultIsAllowed) {
  for (auto settings : {TopicSettings(), BrokerSettings()}) {
    for (const Setting& setting : settings) {
      if (setting.default_value.empty()) continue;
      EXPECT_TRUE(CheckSettingValue(setting, setting.default_value).ok()) << setting.name;
    }
  }
}

TEST(SettingTable, NamesAreSortedAndUnique) {
  for (auto settings : {TopicSettings(), BrokerSettings()}) {
    for (size_t i = 1; i < settings.size(); ++i) {
      EXPECT_LT(settings[i - 1].name, settings[i].name);
    }
  }
}

TEST(SettingTable, EverySynonymJoinsTwoSettingsOfOneMeaning) {
  for (const SettingSynonym& synonym : SettingSynonyms()) {
    const Setting* topic = FindTopicSetting(synonym.topic_setting);
    const Setting* broker = FindBrokerSetting(synonym.broker_setting);
    ASSERT_NE(topic, nullptr) << synonym.topic_setting;
    ASSERT_NE(broker, nullptr) << synonym.broker_setting;
    EXPECT_EQ(topic->is_acted_on, broker->is_acted_on) << broker->name;
    EXPECT_EQ(topic->choices, broker->choices) << broker->name;
    if (synonym.multiplier != 1 || broker->default_value.empty()) continue;
    EXPECT_EQ(topic->default_value, broker->default_value) << broker->name;
  }
}

TEST(SettingTable, AnUnknownNameIsNotFound) {
  EXPECT_EQ(FindTopicSetting("segment.byte"), nullptr);
  EXPECT_EQ(FindTopicSetting("num.partitions"), nullptr);
  EXPECT_EQ(FindBrokerSetting(""), nullptr);
}

TEST(SettingValue, SurroundingSpaceIsTakenOff) {
  EXPECT_EQ(*CheckTopic("segment.bytes", " 1048576\t"), "1048576");
  EXPECT_EQ(*CheckTopic("compression.type", " zstd "), "zstd");
}

TEST(SettingValue, NumbersKeepToTheirRange) {
  EXPECT_TRUE(CheckTopic("segment.bytes", "14").ok());
  EXPECT_TRUE(CheckTopic("segment.bytes", "2147483647").ok());
  ExpectRefused("segment.bytes", "13", "from 14 to 2147483647");
  ExpectRefused("segment.bytes", "2147483648", "from 14 to 2147483647");
  ExpectRefused("segment.bytes", "99999999999999999999", "whole number");
  ExpectRefused("segment.bytes", "1e6", "whole number");
  ExpectRefused("segment.bytes", "1 000", "whole number");
  ExpectRefused("segment.bytes", "", "whole number");
  EXPECT_TRUE(CheckTopic("retention.ms", "-1").ok());
  ExpectRefused("retention.ms", "-2", "from -1");
  EXPECT_TRUE(CheckTopic("flush.messages", "9223372036854775807").ok());
  ExpectRefused("flush.messages", "0", "from 1");
}

TEST(SettingValue, RatiosLieBetweenZeroAndOne) {
  EXPECT_TRUE(CheckTopic("min.cleanable.dirty.ratio", "0.25").ok());
  EXPECT_TRUE(CheckTopic("min.cleanable.dirty.ratio", "1").ok());
  ExpectRefused("min.cleanable.dirty.ratio", "1.01", "from 0 to 1");
  ExpectRefused("min.cleanable.dirty.ratio", "nan", "from 0 to 1");
  ExpectRefused("min.cleanable.dirty.ratio", "half", "from 0 to 1");
}

TEST(SettingValue, SomeNumbersAreNotZero) {
  EXPECT_TRUE(CheckTopic("compression.gzip.level", "-1").ok());
  EXPECT_TRUE(CheckTopic("compression.gzip.level", "1").ok());
  ExpectRefused("compression.gzip.level", "0", "from -1 to 9, but not 0");
  const Setting factor = *FindBrokerSetting("log.cleaner.io.buffer.load.factor");
  EXPECT_TRUE(CheckSettingValue(factor, "0.01").ok());
  EXPECT_FALSE(CheckSettingValue(factor, "0").ok());
}

TEST(SettingValue, RatesAreAboveZero) {
  const Setting rate = *FindBrokerSetting("log.cleaner.io.max.bytes.per.second");
  EXPECT_TRUE(CheckSettingValue(rate, "1e6").ok());
  EXPECT_EQ(SettingDouble("1e6"), 1e6);
  for (const absl::string_view bad : {"0", "-1", "nan", "inf", "much", ""}) {
    EXPECT_FALSE(CheckSettingValue(rate, bad).ok()) << bad;
  }
}

TEST(SettingValue, NamesInListsAreWholeAndDifferent) {
  const absl::string_view name = "tidemark.retention.consumed.groups";
  EXPECT_TRUE(CheckTopic(name, "").ok());
  EXPECT_TRUE(CheckTopic(name, "billing, the audit:2").ok());
  EXPECT_EQ(SettingWords("billing, the audit:2"),
            (std::vector<std::string>{"billing", "the audit:2"}));
  EXPECT_TRUE(SettingWords("").empty());
  ExpectRefused(name, "a,,b", "each once");
  ExpectRefused(name, "a,a", "each once");
}

TEST(SettingValue, TruthIsSpeltInAnyCase) {
  EXPECT_TRUE(CheckTopic("preallocate", "TRUE").ok());
  EXPECT_TRUE(CheckTopic("preallocate", "false").ok());
  ExpectRefused("preallocate", "yes", "true or false");
}

TEST(SettingValue, ChoicesAreTheListedWords) {
  EXPECT_TRUE(CheckTopic("message.timestamp.type", "LogAppendTime").ok());
  ExpectRefused("message.timestamp.type", "logappendtime", "CreateTime, LogAppendTime");
  ExpectRefused("message.timestamp.type", "CreateTime LogAppendTime", "one of");
}

TEST(SettingValue, ListsHoldEachListedWordOnce) {
  EXPECT_TRUE(CheckTopic("cleanup.policy", "delete, compact").ok());
  ExpectRefused("cleanup.policy", "delete,delete", "each once");
  ExpectRefused("cleanup.policy", "delete,", "each once");
  EXPECT_TRUE(CheckTopic("cleanup.policy", "").ok());
  ExpectRefused("cleanup.policy", "erase", "compact, delete");
  EXPECT_TRUE(SettingListHolds("delete, compact", "compact"));
  EXPECT_FALSE(SettingListHolds("delete", "compact"));
}

TEST(SettingValue, ReplicaListsArePairsOfNumbers) {
  const absl::string_view name = "leader.replication.throttled.replicas";
  EXPECT_TRUE(CheckTopic(name, "").ok());
  EXPECT_TRUE(CheckTopic(name, "*").ok());
  EXPECT_TRUE(CheckTopic(name, "0:1, 2:3").ok());
  ExpectRefused(name, "0:", "partition:broker");
  ExpectRefused(name, "0:1:2", "partition:broker");
  ExpectRefused(name, "-1:1", "partition:broker");
}

TEST(SettingValue, ALineBreakNeverPasses) {
  ExpectRefused("leader.replication.throttled.replicas", "0:1,\n2:3", "partition:broker");
  ExpectRefused("cleanup.policy", "delete,\ncompact", "each once");
}

}  // namespace
}  // namespace tidemark
