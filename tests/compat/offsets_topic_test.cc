// Goal: every record of a real broker's __consumer_offsets is understood. Method: the golden
// partition 9 of 50 that a broker of Kafka 2.1 wrote.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "api/base/java_string_hash.h"
#include "api/groups/group_metadata_value.h"
#include "api/groups/offset_commit_value.h"
#include "api/groups/offsets_key.h"
#include "tests/compat/compat_files.h"

namespace tidemark {
namespace {

TEST(OffsetsTopic, OfARealBrokerIsDecodedToTheLastRecord) {
  const std::string file = ReadCompatFile(
      "golden/segments/cp-5.1.2_kafka-2.1/__consumer_offsets-9/00000000000000000000.log");
  const absl::StatusOr<BatchesRead> read = ReadBatches(file);
  ASSERT_TRUE(read.ok()) << read.status();
  std::map<std::string, int64_t> offsets;
  int group_count = 0;
  int member_count = 0;
  int tombstone_count = 0;
  for (const RecordBatchView& batch : read->batches) {
    absl::StatusOr<RecordReader> reader = RecordReader::Open(batch);
    ASSERT_TRUE(reader.ok()) << reader.status();
    RecordView record;
    while (*reader->Next(&record)) {
      const absl::StatusOr<OffsetsKey> key = OffsetsKey::Parse(record.key.value_or(""));
      ASSERT_TRUE(key.ok()) << key.status();
      EXPECT_EQ(CoordinatorPartition(JavaStringHash(key->group).value_or(0), 50), PartitionId(9));
      if (!record.value.has_value()) {
        ++tombstone_count;
      } else if (key->is_offset()) {
        const absl::StatusOr<OffsetCommitValue> value = OffsetCommitValue::Parse(*record.value);
        ASSERT_TRUE(value.ok()) << value.status();
        EXPECT_GT(value->commit_time, Timestamp(1500000000000));
        offsets[std::string(key->group) + " " + std::string(key->topic)] = value->offset.value();
      } else {
        ASSERT_EQ(key->type, kGroupMetadataType);
        const absl::StatusOr<GroupMetadataValue> value = GroupMetadataValue::Parse(*record.value);
        ASSERT_TRUE(value.ok()) << value.status();
        ++group_count;
        member_count += static_cast<int>(value->members.size());
      }
    }
  }
  EXPECT_EQ(offsets.size(), 6u);
  const std::string group = "_confluent-controlcenter-5-1-2-1";
  EXPECT_EQ(offsets[group + " _confluent-monitoring"], 10);
  EXPECT_EQ(offsets[group + " " + group + "-monitoring-trigger-event-rekey"], 22);
  EXPECT_EQ(group_count, 4);
  EXPECT_EQ(member_count, 2);
  EXPECT_EQ(tombstone_count, 0);
}

}  // namespace
}  // namespace tidemark
