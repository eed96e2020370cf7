#include "storage/log/log_read.h"

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

using Kind = FileOperation::Kind;
using Strings = std::vector<std::string>;

constexpr char kFirstLog[] = "/log/00000000000000000000.log";

class LogReadTest : public ::testing::Test, public LogHarness {
 protected:
  void OpenWith(int count) {
    ASSERT_TRUE(Open().ok());
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(Append({absl::StrCat("value-", i)}, Timestamp(1000 + i)).ok());
    }
  }

  // Runs `action` once, right before the next call of this kind on a .log file.
  void Before(Kind kind, std::function<void()> action) {
    file_system.SetFaultHook([this, kind, action = std::move(action)](const FileOperation& call) {
      if (call.kind != kind || !absl::EndsWith(call.path, ".log")) return FileFault();
      file_system.SetFaultHook(nullptr);
      action();
      return FileFault();
    });
  }
  void CutFile(int64_t size_bytes) {
    ASSERT_TRUE((*file_system.Open(kFirstLog, OpenMode::kReadWrite))->Truncate(size_bytes).ok());
    open_files.ForgetDirectory("/log");
  }

  std::string out_;
};

TEST_F(LogReadTest, AReadThatATruncationEmptiesGivesNoBytesBack) {
  for (const int64_t start : {100, 0}) {
    ASSERT_NO_FATAL_FAILURE(OpenWith(10));
    Before(Kind::kRead, [&] { EXPECT_TRUE(log->TruncateFullyAndStartAt(Offset(start)).ok()); });
    const absl::StatusOr<ReadInfo> info = log->Read(Offset(5), {}, &out_);
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->next_offset, Offset(5));
    EXPECT_TRUE(out_.empty());
    ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(0)).ok());
  }
}

TEST_F(LogReadTest, AFileRangeIsOfTheFileThatItWasFoundIn) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  Before(Kind::kPopulate, [this] {
    open_files.ForgetDirectory("/log");
    Before(Kind::kOpen, [this] {
      // Somebody reads, so another file takes the name.
      EXPECT_TRUE(log->TruncateTo(Offset(2)).ok());
      EXPECT_TRUE(Append({"another"}).ok());
    });
  });
  const absl::StatusOr<LogFileRange> range = log->FileRange(Offset(2), {});
  ASSERT_TRUE(range.ok()) << range.status();
  std::string bytes(static_cast<size_t>(range->length_bytes), '\0');
  ASSERT_EQ(*range->file->Read(range->position, absl::MakeSpan(bytes)), range->length_bytes);
  const Strings found = Describe(bytes);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0], "2:another");
}

TEST_F(LogReadTest, AFileRangeOfALogThatIsGoneMeanwhileIsEmpty) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  Before(Kind::kPopulate, [this] {
    open_files.ForgetDirectory("/log");
    Before(Kind::kOpen, [this] { EXPECT_TRUE(log->TruncateFullyAndStartAt(Offset(100)).ok()); });
  });
  const absl::StatusOr<LogFileRange> range = log->FileRange(Offset(2), {});
  ASSERT_TRUE(range.ok()) << range.status();
  EXPECT_EQ(range->length_bytes, 0);
}

TEST_F(LogReadTest, AFileThatEndsTooEarlyIsDamageAndNeverTheEndOfTheLog) {
  parameters.config.segment_bytes_max = 500;
  ASSERT_NO_FATAL_FAILURE(OpenWith(20));
  executor.RunUntilIdle();
  ASSERT_TRUE(log->Close().ok());
  const MemorySnapshot whole = file_system.Snapshot();
  for (const int64_t size : {0, 1, 61, 150}) {
    file_system.Restore(whole);
    ASSERT_TRUE(Open(true, Offset(20)).ok());
    ASSERT_NO_FATAL_FAILURE(CutFile(size));
    for (const Offset offset : {Offset(0), Offset(2), Offset(3)}) {
      const absl::Status read = log->Read(offset, {}, &out_).status();
      EXPECT_TRUE(size == 150 && offset == Offset(0) ? read.ok() : absl::IsDataLoss(read))
          << read << " offset " << offset << " size " << size;
      const absl::Status view = log->View(offset, {}).status();
      EXPECT_TRUE(absl::IsDataLoss(view)) << view << " offset " << offset << " size " << size;
    }
    const absl::Status found = log->FindByTimestamp(Timestamp(1003)).status();
    EXPECT_TRUE(absl::IsDataLoss(found)) << found << " size " << size;
  }
}

TEST_F(LogReadTest, AFileThatIsGoneIsNotTakenForAMissingTopic) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(3));
  ASSERT_TRUE(file_system.Remove(kFirstLog).ok());
  open_files.ForgetDirectory("/log");
  const absl::Status status = log->Read(Offset(0), {}, &out_).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_NE(status.message().find(kFirstLog), std::string::npos) << status;
  EXPECT_EQ(Describe(log->View(Offset(0), {})->bytes).size(), 3u) << "it is mapped already";
}

TEST_F(LogReadTest, ABatchThatSeemsToEndBehindTheLogIsDamageAndNotTheEnd) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(5));
  ASSERT_TRUE(log->Close().ok());
  const int64_t batch_bytes = log->stats().size_bytes / 5;
  constexpr int64_t kLastOffsetDeltaPosition = 23;
  for (const int64_t damaged : {0, 2, 4}) {
    ASSERT_TRUE(Open(true, Offset(5)).ok());
    const std::unique_ptr<File> file = *file_system.Open(kFirstLog, OpenMode::kReadWrite);
    const int64_t position = damaged * batch_bytes + kLastOffsetDeltaPosition;
    ASSERT_TRUE(file->Write(position, std::string("\0\0\1\0", 4)).ok());
    for (const absl::Status& status :
         {log->Read(Offset(damaged), {}, &out_).status(), log->View(Offset(damaged), {}).status(),
          log->FileRange(Offset(damaged), {}).status()}) {
      EXPECT_TRUE(absl::IsDataLoss(status)) << status;
      EXPECT_NE(status.message().find(
                    absl::StrCat(kFirstLog, " at position ", damaged * batch_bytes, ":")),
                std::string::npos)
          << status;
    }
    ASSERT_TRUE(file->Write(position, std::string(4, '\0')).ok());
    ASSERT_TRUE(Open(true, Offset(5)).ok()) << "what is known to be damaged stays so until then";
    EXPECT_EQ(ReadAll().size(), 5u);
  }
}

TEST_F(LogReadTest, TellsWhatWasAbortedInTheSegmentsThatItsBytesAreOf) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(3));
  ASSERT_TRUE(log->Close().ok());
  const int64_t bytes = log->stats().size_bytes;
  const auto segment_of = [&](int64_t base_offset, int64_t size_bytes) {
    return std::make_shared<Segment>(SegmentEnvironment{&file_system, &open_files, &index_cache},
                                     "/log", Offset(base_offset), 4096, size_bytes);
  };
  const LogOffsets bounds{Offset(0), Offset(3), Offset(3), Offset(3), Offset(3)};
  ReadOptions options;
  options.isolation = IsolationLevel::kReadCommitted;
  for (int way = 0; way < 3; ++way) {
    SCOPED_TRACE(way);
    const auto old = segment_of(0, bytes);
    old->AddAborted({.producer_id = ProducerId(7),
                     .first_offset = Offset(1),
                     .last_offset = Offset(2),
                     .last_stable_offset = Offset(3)});
    SegmentList segments({old, segment_of(3, 0)});
    // Compaction takes the transaction out once the old segment was found, and is not over yet.
    const auto log_end = [&] {
      if (segments.First() == old) segments.Replace({Offset(0)}, segment_of(0, bytes / 3));
      return Offset(3);
    };
    const ReadScope scope{bounds, true, log_end};
    const absl::StatusOr<ReadInfo> info =
        way == 0   ? ReadLog(segments, Offset(0), options, scope, &out_)
        : way == 1 ? ViewLog(segments, Offset(0), options, scope)->info
                   : LocateInLog(segments, Offset(0), options, scope)->info;
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->aborted_transactions.size(), info->next_offset == Offset(3) ? 1u : 0u);
  }
}

TEST_F(LogReadTest, TakesAnyLimitsAndAnyEnd) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  const auto read_until = [&](int64_t bytes_max, absl::optional<Offset> end) {
    ReadOptions options;
    options.bytes_max = bytes_max;
    options.end_offset = end;
    const absl::StatusOr<ReadInfo> info = log->Read(Offset(4), options, &out_);
    const absl::StatusOr<LogView> view = log->View(Offset(4), options);
    EXPECT_TRUE(info.ok() && view.ok());
    EXPECT_EQ(view->bytes, out_);
    EXPECT_EQ(view->info.next_offset, info->next_offset);
    EXPECT_EQ(view->info.base_offset, info->base_offset);
    EXPECT_EQ(info->base_offset, Offset(4));
    return info->next_offset.value();
  };
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  for (const int64_t bytes_max : {kMin, int64_t{-1}, int64_t{0}, int64_t{1}}) {
    EXPECT_EQ(read_until(bytes_max, absl::nullopt), 5) << bytes_max;
  }
  EXPECT_EQ(read_until(kMax, absl::nullopt), 10);
  EXPECT_EQ(read_until(kMax, Offset(kMax)), 10);
  EXPECT_EQ(read_until(kMax, Offset(7)), 7);
  EXPECT_EQ(read_until(kMax, Offset(4)), 4);
  EXPECT_EQ(read_until(kMax, Offset(kMin)), 4);
}

TEST_F(LogReadTest, FindsNothingInAnEmptyLogAndNothingBelowItsStart) {
  ASSERT_TRUE(Open().ok());
  EXPECT_FALSE((*log->FindByTimestamp(Timestamp(0))).has_value());
  EXPECT_TRUE(log->View(Offset(0), {})->bytes.empty());
  EXPECT_EQ(log->View(Offset(0), {})->pin, nullptr);
  EXPECT_EQ(log->FileRange(Offset(0), {})->length_bytes, 0);
  ASSERT_TRUE(Append({"a", "b", "c"}, Timestamp(10)).ok());
  ASSERT_TRUE(Append({"d"}, Timestamp(20)).ok());
  ASSERT_TRUE(log->Close().ok());
  parameters.log_start_offset = Offset(2);
  ASSERT_TRUE(Open(true, Offset(4)).ok());
  EXPECT_EQ(log->offsets().log_start, Offset(2));
  EXPECT_TRUE(absl::IsOutOfRange(log->Read(Offset(1), {}, &out_).status()));
  EXPECT_EQ((*log->FindByTimestamp(Timestamp(0)))->offset, Offset(2));
  EXPECT_EQ(log->Read(Offset(2), {}, &out_)->base_offset, Offset(0)) << "the whole batch";
  EXPECT_TRUE(absl::IsOutOfRange(log->TruncateTo(Offset(1))));
}

}  // namespace
}  // namespace tidemark
