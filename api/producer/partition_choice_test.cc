// Goal: every record goes where Kafka's default partitioner would send it. Method: the partitions
// that Kafka's own producers choose for known keys.

#include "api/producer/partition_choice.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

class Zeros : public Random {
 public:
  uint64_t Next() override { return 0; }
};

struct Fixture {
  absl::StatusOr<PartitionId> Choose(const std::vector<Record>& records, int32_t partition_count,
                                     absl::optional<PartitionId> asked = absl::nullopt) {
    return ChoosePartition(records, asked, partition_count, &sticky);
  }

  Zeros random;
  StickyPartitioner sticky{&random};
};

Record Keyed(absl::string_view key) { return {.key = key, .value = "value"}; }

TEST(PartitionChoice, PlacesKeysAsKafkasProducersDo) {
  Fixture fixture;
  const struct {
    absl::string_view key;
    int32_t of_3, of_10, of_1000;
  } cases[] = {{"", 0, 1, 681},
               {"a", 1, 4, 524},
               {"ab", 2, 4, 434},
               {"abc", 0, 7, 107},
               {"abcd", 2, 0, 100}};
  for (const auto& example : cases) {
    SCOPED_TRACE(std::string(example.key));
    EXPECT_EQ(fixture.Choose({Keyed(example.key)}, 3).value(), PartitionId{example.of_3});
    EXPECT_EQ(fixture.Choose({Keyed(example.key)}, 10).value(), PartitionId{example.of_10});
    EXPECT_EQ(fixture.Choose({Keyed(example.key)}, 1000).value(), PartitionId{example.of_1000});
  }
}

TEST(PartitionChoice, TheAskedPartitionGoesBeforeTheKey) {
  Fixture fixture;
  EXPECT_EQ(fixture.Choose({Keyed("a"), Keyed("ab")}, 3, PartitionId{0}).value(), PartitionId{0});
}

TEST(PartitionChoice, RefusesPartitionsThatTheTopicDoesNotHave) {
  Fixture fixture;
  for (const int32_t partition : {-1, 3}) {
    const absl::Status status = fixture.Choose({Keyed("a")}, 3, PartitionId{partition}).status();
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "the topic has 3")) << status;
  }
}

TEST(PartitionChoice, RefusesOneBatchForKeysOfDifferentPartitions) {
  Fixture fixture;
  const absl::Status status = fixture.Choose({Keyed("a"), Keyed("ab")}, 3).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "(1 and 2)")) << status;
}

TEST(PartitionChoice, RecordsWithoutAKeyGoAlongWithThoseThatHaveOne) {
  Fixture fixture;
  EXPECT_EQ(fixture.Choose({Record{.value = "x"}, Keyed("ab")}, 3).value(), PartitionId{2});
}

TEST(PartitionChoice, RecordsWithoutAKeyCountTheirBytesOnTheStickyPartition) {
  Fixture fixture;
  const std::string value(StickyPartitioner::kStickyBytes / 2, 'x');
  const std::vector<Record> two = {Record{.value = value}, Record{.value = value}};
  EXPECT_EQ(fixture.Choose(two, 3).value(), PartitionId{0});
  EXPECT_EQ(fixture.Choose(two, 3).value(), PartitionId{1});
}

TEST(PartitionChoice, RefusesNothing) {
  Fixture fixture;
  EXPECT_TRUE(absl::IsInvalidArgument(fixture.Choose({}, 3).status()));
}

}  // namespace
}  // namespace tidemark
