#include "storage/segment/damage_search.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/memory_env.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

std::string Batch(int64_t base_offset, absl::string_view value, int32_t epoch = 1) {
  RecordBatchBuilder builder;
  Record record;
  record.value = value;
  EXPECT_TRUE(builder.Add(record).ok());
  EXPECT_TRUE(builder.Add(record).ok());
  const absl::Span<char> bytes = *builder.Finish();
  StampBatch(Offset(base_offset), LeaderEpoch(epoch), bytes);
  return std::string(bytes.data(), bytes.size());
}

// Batches of two records from offset 0 on; the search begins with the second one, at offset 2.
class DamageSearchTest : public ::testing::Test {
 protected:
  DamageSearchTest() {
    for (int64_t i = 0; i < 6; ++i) batches_.push_back(Batch(2 * i, "a value"));
  }

  void Flip(size_t batch, size_t byte) { batches_[batch][byte] ^= 1; }

  DamagedRange Measure() {
    const std::unique_ptr<File> file = *file_system_.Open("/x.log", OpenMode::kCreate);
    std::string bytes;
    positions_.clear();
    for (const std::string& batch : batches_) {
      positions_.push_back(static_cast<int64_t>(bytes.size()));
      bytes += batch;
    }
    positions_.push_back(static_cast<int64_t>(bytes.size()));
    EXPECT_TRUE(file->Truncate(0).ok());
    EXPECT_TRUE(file->Write(0, bytes).ok());
    DamagePlace place;
    place.position = positions_[1];
    place.file_bytes = positions_.back();
    place.continuity = {Offset(2), LeaderEpoch(1), gaps_allowed_};
    place.base_offset_max = base_offset_max_;
    place.end_otherwise = Offset(12);
    return *MeasureDamage(file.get(), "/x.log", place, "it is wrong");
  }
  void ExpectUpTo(size_t batch, const DamagedRange& range) {
    EXPECT_EQ(range.position.value(), positions_[1]);
    EXPECT_EQ(range.length_bytes, positions_[batch] - positions_[1]);
    EXPECT_EQ(range.first_offset, Offset(2));
    EXPECT_EQ(range.end_offset, Offset(2 * static_cast<int64_t>(batch)));
  }

  MemoryFileSystem file_system_;
  std::vector<std::string> batches_;
  std::vector<int64_t> positions_;
  bool gaps_allowed_ = false;
  Offset base_offset_max_{11};
};

TEST_F(DamageSearchTest, EndsWithTheOneBatchWhicheverOfItsBytesIsWrong) {
  for (size_t byte = 0; byte < batches_[1].size(); ++byte) {
    const std::vector<std::string> sound = batches_;
    Flip(1, byte);
    ASSERT_NO_FATAL_FAILURE(ExpectUpTo(2, Measure())) << byte;
    batches_ = sound;
  }
}

TEST_F(DamageSearchTest, WhereTheHeaderStillFramesItMoreDamageBehindDoesNotMatter) {
  Flip(1, 65);
  Flip(4, 65);
  ExpectUpTo(2, Measure());
}

TEST_F(DamageSearchTest, OtherwiseItGoesToWhereAllIsGoodUpToTheEnd) {
  batches_[1] = std::string(batches_[1].size(), 'x');
  ExpectUpTo(2, Measure());
  Flip(4, 65);
  ExpectUpTo(5, Measure());
  Flip(5, 65);
  ExpectUpTo(6, Measure());
}

TEST_F(DamageSearchTest, ABatchInsideOfARecordIsNoneOfTheLog) {
  batches_[1] = Batch(2, Batch(4, "of another log") + Batch(6, "of another log"));
  batches_[1][10] ^= 1;
  ExpectUpTo(2, Measure());
  batches_.resize(2);
  const DamagedRange range = Measure();
  EXPECT_EQ(range.length_bytes, positions_[2] - positions_[1]);
  EXPECT_EQ(range.end_offset, Offset(12));
}

TEST_F(DamageSearchTest, BatchesBehindTheBoundAreNotTaken) {
  base_offset_max_ = Offset(3);
  Flip(1, 65);
  const DamagedRange range = Measure();
  EXPECT_EQ(range.length_bytes, positions_[6] - positions_[1]);
  EXPECT_EQ(range.end_offset, Offset(12));
}

TEST_F(DamageSearchTest, BatchesOfAnEarlierEpochAreNotTaken) {
  Flip(1, 65);
  batches_[2] = Batch(4, "a value", 0);
  ExpectUpTo(3, Measure());
}

TEST_F(DamageSearchTest, StepsOverGapsWhereTheyAreAllowedOnly) {
  Flip(1, 65);
  batches_.erase(batches_.begin() + 2);
  EXPECT_EQ(Measure().end_offset, Offset(6)) << "a row, which begins where it likes";
  gaps_allowed_ = true;
  const DamagedRange range = Measure();
  EXPECT_EQ(range.end_offset, Offset(6));
  EXPECT_EQ(range.length_bytes, positions_[2] - positions_[1]);
}

TEST_F(DamageSearchTest, TheErrorNamesFilePositionAndOffsets) {
  Flip(1, 65);
  const absl::Status status = DamageError(Measure());
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  for (const absl::string_view part : {"/x.log at position ", ": it is wrong; ",
                                       "the offsets from 2 on", "the next that can be read is 4"}) {
    EXPECT_NE(status.message().find(part), absl::string_view::npos) << status;
  }
}

}  // namespace
}  // namespace tidemark
