// SegmentScanner and SegmentSurvey on whatever a .log file may hold.

#include "storage/inspect/segment_survey.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/inspect/segment_scanner.h"
#include "storage/inspect/test_log.h"
#include "storage/memory_env.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

constexpr absl::string_view kPath = "/segment.log";

// A file in memory and the scanner of it.
class ScanTest : public testing::Test {
 protected:
  void Put(absl::string_view bytes) { PutFile(&file_system_, kPath, bytes); }

  SegmentScanner MakeScanner() {
    file_ = *file_system_.Open(kPath, OpenMode::kRead);
    return *SegmentScanner::Create(file_.get(), FilePosition(0));
  }

  // The parts of the file in short, as in "batch@0+100 zeros@100+20".
  std::string Survey() {
    file_ = *file_system_.Open(kPath, OpenMode::kRead);
    SegmentSurvey survey = *SegmentSurvey::Create(file_.get(), Offset(0));
    std::string text;
    for (;;) {
      const absl::StatusOr<absl::optional<SegmentPart>> part = survey.Next();
      if (!part.ok()) return absl::StrCat(text, part.status().message());
      if (!part->has_value()) return text;
      const char* const kinds[] = {"batch", "bad", "unreadable", "unsupported", "zeros"};
      absl::StrAppend(&text, text.empty() ? "" : " ", kinds[static_cast<int>((*part)->kind)], "@",
                      (*part)->position.value(), "+", (*part)->size_bytes);
      if ((*part)->may_be_unfinished) absl::StrAppend(&text, "?");
      last_reason_ = (*part)->reason;
    }
  }

  MemoryFileSystem file_system_;
  std::unique_ptr<File> file_;
  std::string last_reason_;
};

std::string Zeros(size_t count) { return std::string(count, '\0'); }

TEST_F(ScanTest, AnEmptyFileEndsAtOnce) {
  Put("");
  SegmentScanner scanner = MakeScanner();
  EXPECT_FALSE((*scanner.Next()).has_value());
  EXPECT_EQ(scanner.stop(), SegmentScanStop::kEnd);
  EXPECT_EQ(Survey(), "");
}

TEST_F(ScanTest, ReturnsBatchesOfAllSizesWhateverTheChunksBoundaries) {
  std::string bytes;
  std::vector<int64_t> positions;
  Offset offset(0);
  for (const int64_t value_bytes : {10, 700000, 400000, 1, 3000000, 2000, 1048576, 61}) {
    positions.push_back(static_cast<int64_t>(bytes.size()));
    bytes += MakeTestBatch({offset, LeaderEpoch(0), 1, Timestamp(1), value_bytes});
    offset += 1;
  }
  Put(bytes);
  SegmentScanner scanner = MakeScanner();
  for (size_t i = 0; i < positions.size(); ++i) {
    const absl::StatusOr<absl::optional<ScannedBatch>> batch = scanner.Next();
    ASSERT_TRUE(batch.ok() && batch->has_value()) << i;
    EXPECT_EQ((*batch)->position, FilePosition(positions[i]));
    EXPECT_EQ((*batch)->batch.base_offset(), Offset(static_cast<int64_t>(i)));
    EXPECT_TRUE((*batch)->crc.ok());
    scanner.PutBack(**batch);
    EXPECT_EQ((**scanner.Next()).position, FilePosition(positions[i]));
  }
  EXPECT_FALSE((*scanner.Next()).has_value());
  EXPECT_EQ(scanner.stop(), SegmentScanStop::kEnd);
  EXPECT_EQ(scanner.position(), FilePosition(static_cast<int64_t>(bytes.size())));
}

TEST_F(ScanTest, TellsZerosTornAndBadApart) {
  const std::string first = MakeTestBatch({});
  const std::string second = MakeTestBatch({Offset(3)});
  const auto size = static_cast<int64_t>(first.size());
  const auto stop_of = [&](const std::string& tail) {
    Put(first + tail);
    SegmentScanner scanner = MakeScanner();
    EXPECT_TRUE((*scanner.Next()).has_value());
    EXPECT_FALSE((*scanner.Next()).has_value());
    EXPECT_EQ(scanner.position(), FilePosition(size));
    return scanner.stop();
  };
  EXPECT_EQ(stop_of(Zeros(1)), SegmentScanStop::kZeros);
  EXPECT_EQ(stop_of(Zeros(5000)), SegmentScanStop::kZeros);
  for (size_t kept = 8; kept < second.size(); ++kept) {
    EXPECT_EQ(stop_of(second.substr(0, kept)), SegmentScanStop::kTorn) << kept;
  }
  EXPECT_EQ(stop_of(std::string(500, 'x')), SegmentScanStop::kBad);
  EXPECT_EQ(stop_of(std::string(500, '\x01')), SegmentScanStop::kBad) << "magic 1 inside";
}

TEST_F(ScanTest, RefusesOldMagicAtTheStartUnlessOnlyTheMagicHasChanged) {
  std::string old(100, '\0');
  old[11] = 88;
  old[16] = 1;
  old[20] = 9;
  Put(old);
  SegmentScanner scanner = MakeScanner();
  EXPECT_FALSE((*scanner.Next()).has_value());
  EXPECT_EQ(scanner.stop(), SegmentScanStop::kUnsupported);
  std::string batch = MakeTestBatch({});
  batch[16] = 0;
  Put(batch);
  SegmentScanner other = MakeScanner();
  EXPECT_FALSE((*other.Next()).has_value());
  EXPECT_EQ(other.stop(), SegmentScanStop::kBad);
}

TEST_F(ScanTest, SeesWhatIsAppendedWhenItLooksAgain) {
  const std::string first = MakeTestBatch({});
  const std::string second = MakeTestBatch({Offset(3)});
  Put(first + Zeros(1000));
  SegmentScanner scanner = MakeScanner();
  ASSERT_TRUE((*scanner.Next()).has_value());
  ASSERT_FALSE((*scanner.Next()).has_value());
  Put(first + second + Zeros(1000));
  ASSERT_TRUE(scanner.LookAgain().ok());
  const absl::StatusOr<absl::optional<ScannedBatch>> batch = scanner.Next();
  ASSERT_TRUE(batch->has_value());
  EXPECT_EQ((*batch)->batch.base_offset(), Offset(3));
}

TEST_F(ScanTest, StopsWhereAFileIsCutWhileItIsRead) {
  Put(MakeTestBatch({}) + MakeTestBatch({Offset(3)}));
  SegmentScanner scanner = MakeScanner();
  Put(MakeTestBatch({}));
  EXPECT_TRUE((*scanner.Next()).has_value());
  EXPECT_FALSE((*scanner.Next()).has_value());
  EXPECT_EQ(scanner.stop(), SegmentScanStop::kEnd);
}

TEST_F(ScanTest, SurveyGoesOnBehindDamage) {
  const std::string first = MakeTestBatch({});
  const std::string second = MakeTestBatch({Offset(3)});
  const std::string third = MakeTestBatch({Offset(6)});
  const size_t size = first.size();
  ASSERT_EQ(third.size(), size);
  const std::string good = first + second + third;
  const std::string at[] = {absl::StrCat("@0+", size), absl::StrCat("@", size, "+", size),
                            absl::StrCat("@", 2 * size, "+", size)};
  Put(good + Zeros(70));
  EXPECT_EQ(Survey(), absl::StrCat("batch", at[0], " batch", at[1], " batch", at[2], " zeros@",
                                   3 * size, "+70"));
  std::string bytes = good;
  bytes[size + 80] ^= 1;  // A record.
  Put(bytes);
  EXPECT_EQ(Survey(), absl::StrCat("batch", at[0], " bad", at[1], " batch", at[2]));
  for (const size_t position : {8, 9, 10, 11, 16}) {  // Length and magic.
    bytes = good;
    bytes[size + position] ^= 0x21;
    Put(bytes);
    EXPECT_EQ(Survey(), absl::StrCat("batch", at[0], " unreadable", at[1], " batch", at[2]))
        << position;
  }
  bytes = good;
  for (size_t i = size; i < 2 * size; ++i) bytes[i] = 0;
  Put(bytes);
  EXPECT_EQ(Survey(), absl::StrCat("batch", at[0], " unreadable", at[1], " batch", at[2]));
  for (size_t i = 0; i < size; ++i) bytes[i] = 'z';
  Put(bytes);
  EXPECT_EQ(Survey(), absl::StrCat("unreadable@0+", 2 * size, " batch", at[2]));
}

TEST_F(ScanTest, SurveyTellsWhatMayBeUnfinished) {
  const std::string first = MakeTestBatch({});
  const std::string second = MakeTestBatch({Offset(3)});
  const size_t size = first.size();
  const std::string front = absl::StrCat("batch@0+", size);
  const auto survey_of = [&](const std::string& tail) {
    Put(first + tail);
    return Survey();
  };
  EXPECT_EQ(survey_of(second.substr(0, 70)), absl::StrCat(front, " unreadable@", size, "+70?"));
  EXPECT_EQ(
      survey_of(second.substr(0, 70) + Zeros(1000)),
      absl::StrCat(front, " bad@", size, "+", size, "? zeros@", 2 * size, "+", 70 + 1000 - size));
  std::string flipped = second;
  flipped[size - 10] ^= 1;
  EXPECT_EQ(survey_of(flipped), absl::StrCat(front, " bad@", size, "+", size));
  std::string half = second.substr(0, 70) + Zeros(size - 70);
  EXPECT_EQ(survey_of(half + MakeTestBatch({Offset(6)})),
            absl::StrCat(front, " bad@", size, "+", size, " batch@", 2 * size, "+", size))
      << "a batch behind it";
}

TEST_F(ScanTest, DoesNotTakeABatchInsideARecordForTheNextOne) {
  const std::string inner = MakeTestBatch({Offset(5)});
  RecordBatchOptions options;
  options.base_offset = Offset(103);
  RecordBatchBuilder builder(options);
  ASSERT_TRUE(builder.Add(Record{{}, inner, {}, Timestamp(1)}).ok());
  const absl::Span<char> outer = *builder.Finish();
  std::string damaged(outer.data(), outer.size());
  damaged[8] ^= 0x40;  // Its length.
  const std::string first = MakeTestBatch({Offset(100)});
  const std::string last = MakeTestBatch({Offset(104)});
  Put(first + damaged + last);
  EXPECT_EQ(Survey(), absl::StrCat("batch@0+", first.size(), " unreadable@", first.size(), "+",
                                   damaged.size(), " batch@", first.size() + damaged.size(), "+",
                                   last.size()));
}

TEST_F(ScanTest, SurveyOfAnyBytesEnds) {
  SeededRandom random(1);
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    while (bytes.size() < 3000) {
      const uint64_t kind = random.Next() % 4;
      if (kind == 0) bytes += MakeTestBatch({Offset(static_cast<int64_t>(random.Next() % 100))});
      if (kind == 1) bytes += Zeros(random.Next() % 200);
      if (kind == 2) {
        for (int i = 0; i < 100; ++i) bytes.push_back(static_cast<char>(random.Next() % 4));
      }
      if (kind == 3 && !bytes.empty()) {
        bytes[random.Next() % bytes.size()] = static_cast<char>(random.Next());
      }
    }
    Put(bytes);
    int64_t covered_bytes = 0;
    file_ = *file_system_.Open(kPath, OpenMode::kRead);
    SegmentSurvey survey = *SegmentSurvey::Create(file_.get(), Offset(0));
    for (;;) {
      const absl::StatusOr<absl::optional<SegmentPart>> part = survey.Next();
      ASSERT_TRUE(part.ok()) << part.status();
      if (!part->has_value()) break;
      ASSERT_EQ((*part)->position, FilePosition(covered_bytes));
      ASSERT_GT((*part)->size_bytes, 0);
      covered_bytes += (*part)->size_bytes;
    }
    ASSERT_EQ(covered_bytes, static_cast<int64_t>(bytes.size()));
  }
}

}  // namespace
}  // namespace tidemark
