// Goal: records come out of a gathered batch as they went in, and its size is never
// underestimated.

#include "api/cli/gathered_batch.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

TEST(GatheredBatch, GivesBackKeysAndValuesAndTellsAbsentFromEmpty) {
  GatheredBatch batch;
  {
    const std::string value = "value";
    batch.Add({.key = "key", .value = value});
  }
  batch.Add({.key = "", .value = absl::nullopt});
  batch.Add({.key = absl::nullopt, .value = ""});
  std::vector<Record> records;
  batch.GetRecords(&records);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].key, "key");
  EXPECT_EQ(records[0].value, "value");
  EXPECT_EQ(records[1].key, "");
  EXPECT_EQ(records[1].value, absl::nullopt);
  EXPECT_EQ(records[2].key, absl::nullopt);
  EXPECT_EQ(records[2].value, "");
}

TEST(GatheredBatch, SizeIsABoundForTheBatchThatIsBuilt) {
  GatheredBatch batch;
  RecordBatchBuilder builder;
  for (const size_t length : {0u, 1u, 63u, 64u, 8191u, 8192u}) {
    const std::string bytes(length, 'x');
    const Record record = {.key = bytes, .value = bytes};
    const int64_t expected = batch.SizeBytesWith(record);
    batch.Add(record);
    EXPECT_EQ(batch.size_bytes(), expected);
    ASSERT_TRUE(builder.Add(record).ok());
    EXPECT_GE(batch.size_bytes(), builder.size_bytes());
  }
}

TEST(GatheredBatch, NoBatchOfOneRecordIsSmallerThanTheStatedOverhead) {
  RecordBatchBuilder builder;
  ASSERT_TRUE(builder.Add({.value = ""}).ok());
  EXPECT_EQ(builder.size_bytes(), GatheredBatch::kOverheadBytesMin);
}

TEST(GatheredBatch, IsEmptyAgainOnceCleared) {
  GatheredBatch batch;
  const int64_t size_bytes = batch.size_bytes();
  batch.Add({.key = "a", .value = "b"});
  EXPECT_FALSE(batch.empty());
  batch.Clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.size_bytes(), size_bytes);
  std::vector<Record> records;
  batch.Add({.value = "c"});
  batch.GetRecords(&records);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].key, absl::nullopt);
  EXPECT_EQ(records[0].value, "c");
}

}  // namespace
}  // namespace tidemark
