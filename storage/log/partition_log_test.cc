#include "storage/log/partition_log.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

class PartitionLogTest : public ::testing::Test, public LogHarness {};

TEST_F(PartitionLogTest, GivesConsecutiveOffsetsAndReadsThemBackInOrder) {
  ASSERT_TRUE(Open().ok());
  const absl::StatusOr<AppendResult> first = Append({"a", "b"});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->base_offset, Offset(0));
  EXPECT_EQ(first->last_offset, Offset(1));
  EXPECT_EQ(first->durability, Durability::kBuffered);
  EXPECT_EQ(Append({"c"})->base_offset, Offset(2));
  EXPECT_EQ(ReadAll(), (Strings{"0:a", "1:b", "2:c"}));
  EXPECT_EQ(ReadAll(Offset(2)), (Strings{"2:c"}));
  EXPECT_EQ(ReadAll(Offset(1)), (Strings{"0:a", "1:b", "2:c"})) << "whole batches come back";
  EXPECT_TRUE(ReadAll(Offset(3)).empty());
}

TEST_F(PartitionLogTest, RefusesReadsOutsideOfTheLogAndNamesTheBounds) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}).ok());
  std::string out;
  const absl::Status above = log->Read(Offset(2), {}, &out).status();
  EXPECT_TRUE(absl::IsOutOfRange(above)) << above;
  EXPECT_NE(above.message().find("t-0"), std::string::npos) << above;
  EXPECT_NE(above.message().find("ends at 1"), std::string::npos) << above;
  EXPECT_TRUE(absl::IsOutOfRange(log->View(Offset(-1), {}).status()));
}

TEST_F(PartitionLogTest, BoundsReadsByBytesButAlwaysReturnsTheFirstBatch) {
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Append({std::string(1000, 'x')}).ok());
  std::string out;
  ReadOptions options;
  options.bytes_max = 1;
  absl::StatusOr<ReadInfo> info = log->Read(Offset(3), options, &out);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->base_offset, Offset(3));
  EXPECT_EQ(info->next_offset, Offset(4));
  options.bytes_max = static_cast<int64_t>(2 * out.size());
  EXPECT_EQ(log->Read(Offset(3), options, &out)->next_offset, Offset(5));
  EXPECT_EQ(log->View(Offset(3), options)->info.next_offset, Offset(5));
  EXPECT_EQ(ReadAll(Offset(0), 1).size(), 10u);
}

TEST_F(PartitionLogTest, ReturnsAFirstBatchLargerThanWhatIsReadAtOnce) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({std::string(300'000, 'x')}).ok());
  ReadOptions options;
  options.bytes_max = 1;
  std::string out;
  ASSERT_TRUE(log->Read(Offset(0), options, &out).ok());
  EXPECT_GT(out.size(), 300'000u);
  EXPECT_GT(log->View(Offset(0), options)->bytes.size(), 300'000u);
}

TEST_F(PartitionLogTest, ReadsOnlyBatchesThatEndBelowTheAskedEnd) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a", "b"}).ok());
  ASSERT_TRUE(Append({"c", "d"}).ok());
  ReadOptions options;
  options.end_offset = Offset(3);
  std::string out;
  ASSERT_TRUE(log->Read(Offset(0), options, &out).ok());
  EXPECT_EQ(Describe(out), (Strings{"0:a", "1:b"}));
  EXPECT_EQ(Describe(log->View(Offset(0), options)->bytes), (Strings{"0:a", "1:b"}));
  options.end_offset = Offset(0);
  EXPECT_TRUE(log->View(Offset(0), options)->bytes.empty());
}

TEST_F(PartitionLogTest, ReadsAcrossManySegmentsFromEveryOffset) {
  parameters.config.segment_bytes_max = 1000;
  parameters.config.index_interval_bytes = 200;
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(Append({absl::StrCat("value-", i)}).ok());
  EXPECT_GT(log->stats().segment_count, 3);
  executor.RunUntilIdle();
  for (int i = 0; i < 60; ++i) {
    const Strings from = ReadAll(Offset(i), 100);
    ASSERT_EQ(from.size(), static_cast<size_t>(60 - i)) << i;
    EXPECT_EQ(from.front(), absl::StrCat(i, ":value-", i));
    const absl::StatusOr<LogView> view = log->View(Offset(i), {});
    ASSERT_TRUE(view.ok()) << view.status();
    EXPECT_EQ(Describe(view->bytes).front(), absl::StrCat(i, ":value-", i));
  }
}

TEST_F(PartitionLogTest, SealedSegmentsAreCutToTheirSizeAndHaveTheirIndexes) {
  parameters.config.segment_bytes_max = 1000;
  parameters.config.index_interval_bytes = 100;
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(Append({"0123456789"}).ok());
  executor.RunUntilIdle();
  ASSERT_TRUE(log->Close().ok());
  for (const std::string& name : Files()) {
    const FileInfo info = *file_system.Stat("/log/" + name);
    if (name.ends_with(".log")) {
      EXPECT_LE(info.size_bytes, 1000) << name;
      std::string bytes(static_cast<size_t>(info.size_bytes), '\0');
      ASSERT_TRUE((*file_system.Open("/log/" + name, OpenMode::kRead))
                      ->Read(0, absl::MakeSpan(bytes))
                      .ok());
      for (const std::string& record : Describe(bytes)) EXPECT_NE(record[0], '?') << record;
    } else if (name.ends_with("index")) {
      EXPECT_GT(info.size_bytes, 0) << name;
      EXPECT_LE(info.size_bytes, 12 * 10) << name;
    }
  }
}

TEST_F(PartitionLogTest, SyncsNothingOfALogThatIsOpenedAndClosedUnchanged) {
  int64_t syncs = 0;
  file_system.SetFaultHook([&](const FileOperation& operation) {
    if (operation.kind == FileOperation::Kind::kSync ||
        operation.kind == FileOperation::Kind::kSyncDirectory) {
      ++syncs;
    }
    return FileFault();
  });
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(syncs, 0) << "nothing is in it yet";
  ASSERT_TRUE(log->Close().ok());
  EXPECT_EQ(syncs, 1) << "the names";
  for (const int records : {0, 1, 2}) {
    ASSERT_TRUE(Open(true, Offset(records)).ok());
    syncs = 0;
    const int64_t changes = file_system.changes();
    ASSERT_TRUE(Reopen().ok());
    ASSERT_TRUE(Reopen().ok());
    EXPECT_EQ(file_system.changes(), changes);
    EXPECT_EQ(syncs, 0);
    ASSERT_TRUE(Append({"a"}).ok());
    ASSERT_TRUE(log->Close().ok());
    EXPECT_GT(syncs, 0);
  }
}

TEST_F(PartitionLogTest, CloseHasOneOutcomeForAllWhoCallIt) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}).ok());
  file_system.SetFaultHook([](const FileOperation& operation) {
    return operation.kind == FileOperation::Kind::kSync
               ? FileFault(absl::UnavailableError("I/O error"))
               : FileFault();
  });
  const absl::Status first = log->Close();
  EXPECT_FALSE(first.ok());
  file_system.SetFaultHook(nullptr);
  EXPECT_EQ(log->Close(), first);
}

TEST_F(PartitionLogTest, RefusesWhatIsNotOneWholeValidBatchWithinTheLimits) {
  parameters.config.batch_bytes_max = 500;
  ASSERT_TRUE(Open().ok());
  std::string batch = MakeBatch({"a"});
  std::string two = batch + batch;
  EXPECT_TRUE(absl::IsInvalidArgument(log->Append(absl::MakeSpan(two), {}).status()));
  std::string cut = batch.substr(0, batch.size() - 1);
  EXPECT_TRUE(absl::IsInvalidArgument(log->Append(absl::MakeSpan(cut), {}).status()));
  std::string flipped = batch;
  flipped.back() ^= 1;
  EXPECT_TRUE(absl::IsInvalidArgument(log->Append(absl::MakeSpan(flipped), {}).status()));
  std::string large = MakeBatch({std::string(500, 'x')});
  const absl::Status too_large = log->Append(absl::MakeSpan(large), {}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(too_large));
  EXPECT_NE(too_large.message().find("max.message.bytes is 500"), std::string::npos) << too_large;
  EXPECT_TRUE(absl::IsInvalidArgument(log->Append(absl::Span<char>(), {}).status()));
  EXPECT_EQ(log->offsets().log_end, Offset(0));
}

TEST_F(PartitionLogTest, SetsTimesWhenToldToAndKeepsThemOtherwise) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a", "b"}, Timestamp(77)).ok());
  LogConfig config;
  config.timestamp_type = TimestampType::kLogAppendTime;
  log->SetConfig(config);
  clock.SetNow(absl::FromUnixMillis(123'456));
  EXPECT_EQ(Append({"c", "d"}, Timestamp(78))->log_append_time, Timestamp(123'456));
  std::string out;
  ASSERT_TRUE(log->Read(Offset(0), {}, &out).ok());
  const RecordBatchView created = *RecordBatchView::Parse(out);
  EXPECT_EQ(created.timestamp_type(), TimestampType::kCreateTime);
  EXPECT_EQ(created.max_timestamp(), Timestamp(78));
  const absl::string_view rest = absl::string_view(out).substr(created.bytes().size());
  const RecordBatchView appended = *RecordBatchView::Parse(rest);
  EXPECT_EQ(appended.timestamp_type(), TimestampType::kLogAppendTime);
  EXPECT_EQ(appended.max_timestamp(), Timestamp(123'456));
  EXPECT_TRUE(appended.VerifyCrc().ok());
}

TEST_F(PartitionLogTest, FindsTheFirstRecordAtOrAfterATime) {
  parameters.config.segment_bytes_max = 600;
  parameters.config.index_interval_bytes = 100;
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(Append({"x", "y"}, Timestamp(1000 + 10 * i)).ok());
  executor.RunUntilIdle();
  for (int i = 0; i < 40; ++i) {
    const auto exact = *log->FindByTimestamp(Timestamp(1000 + 10 * i));
    ASSERT_TRUE(exact.has_value());
    EXPECT_EQ(exact->offset, Offset(2 * i));
    const auto between = *log->FindByTimestamp(Timestamp(1001 + 10 * i));
    ASSERT_TRUE(between.has_value());
    EXPECT_EQ(between->offset, Offset(2 * i + 1));
    EXPECT_EQ(between->timestamp, Timestamp(1001 + 10 * i));
  }
  EXPECT_FALSE(log->FindByTimestamp(Timestamp(9999))->has_value());
  EXPECT_EQ((*log->FindByTimestamp(Timestamp(0)))->offset, Offset(0));
}

TEST_F(PartitionLogTest, WakesThoseWhoWaitForDataOrTellsThemThatTheirTimeIsOver) {
  ASSERT_TRUE(Open().ok());
  Strings heard;
  const auto note = [&](std::string name) {
    return [&heard, name](const absl::Status& status) {
      heard.push_back(name + (status.ok() ? ":data" : absl::StatusCodeToString(status.code())));
    };
  };
  log->AwaitAppend(Offset(0), absl::InfiniteDuration(), note("a"));
  log->AwaitAppend(Offset(1), absl::Seconds(1), note("b"));
  EXPECT_TRUE(heard.empty());
  ASSERT_TRUE(Append({"x"}).ok());
  EXPECT_EQ(heard, (Strings{"a:data"}));
  executor.AdvanceBy(absl::Seconds(2));
  EXPECT_EQ(heard, (Strings{"a:data", "bDEADLINE_EXCEEDED"}));
  log->AwaitAppend(Offset(0), absl::ZeroDuration(), note("c"));
  EXPECT_EQ(heard.back(), "c:data");
  log->AwaitAppend(Offset(5), absl::Seconds(60), note("d"));
  ASSERT_TRUE(log->Close().ok());
  EXPECT_EQ(heard.back(), "dFAILED_PRECONDITION");
  EXPECT_FALSE(executor.AdvanceToNextTimer()) << "no timer is left behind";
}

TEST_F(PartitionLogTest, ViewsStayAsTheyAreThroughRollTruncationDeletionAndClose) {
  parameters.config.segment_bytes_max = 400;
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"first"}).ok());
  ASSERT_TRUE(Append({"second"}).ok());
  const LogView view = *log->View(Offset(0), {});
  const std::string before(view.bytes);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Append({"more and more"}).ok());
  executor.RunUntilIdle();
  EXPECT_EQ(view.bytes, before);
  ASSERT_TRUE(log->TruncateTo(Offset(1)).ok());
  ASSERT_TRUE(Append({"SECOND"}).ok());
  EXPECT_EQ(ReadAll(), (Strings{"0:first", "1:SECOND"}));
  EXPECT_EQ(view.bytes, before);
  ASSERT_TRUE(log->TruncateFullyAndStartAt(Offset(100)).ok());
  EXPECT_EQ(view.bytes, before);
  ASSERT_TRUE(log->Close().ok());
  log.reset();
  EXPECT_EQ(Describe(view.bytes), (Strings{"0:first", "1:second"}));
}

TEST_F(PartitionLogTest, AClosedLogRefusesEverythingAndSaysSo) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}).ok());
  ASSERT_TRUE(log->Close().ok());
  std::string out;
  EXPECT_TRUE(absl::IsFailedPrecondition(Append({"b"}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(log->Read(Offset(0), {}, &out).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(log->TruncateTo(Offset(0))));
  EXPECT_TRUE(log->Close().ok()) << "twice does no harm";
}

TEST_F(PartitionLogTest, CarriesOnAfterACleanStopWithoutLookingAtItsBatches) {
  parameters.config.segment_bytes_max = 1000;
  parameters.config.index_interval_bytes = 100;
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(Append({"0123456789"}, Timestamp(5000 + i)).ok());
  ASSERT_TRUE(Reopen().ok());
  EXPECT_TRUE(report.was_clean);
  EXPECT_EQ(report.scanned_bytes, 0);
  EXPECT_TRUE(report.rebuilt_files.empty());
  EXPECT_EQ(log->offsets().flushed, Offset(30));
  EXPECT_EQ(Append({"next"})->base_offset, Offset(30));
  EXPECT_EQ(ReadAll().size(), 31u);
  EXPECT_EQ((*log->FindByTimestamp(Timestamp(5029)))->offset, Offset(29));
}

TEST_F(PartitionLogTest, TellsAFullDiskLosesNothingAndGoesOnWhenThereIsSpace) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}).ok());
  executor.RunUntilIdle();
  file_system.SetCapacityBytes(file_system.used_bytes());
  absl::StatusOr<AppendResult> result = Append({"x"});
  for (int i = 0; i < 100 && result.ok(); ++i) result = Append({std::string(1000, 'x')});
  ASSERT_TRUE(absl::IsResourceExhausted(result.status())) << result.status();
  const Offset end = log->offsets().log_end;
  EXPECT_TRUE(log->Sync(end).ok());
  EXPECT_EQ(ReadAll().size(), static_cast<size_t>(end.value()));
  file_system.SetCapacityBytes(int64_t{1} << 30);
  EXPECT_EQ(Append({std::string(1000, 'y')})->base_offset, end);
}

TEST_F(PartitionLogTest, AFullDiskAtARollLeavesTheOldSegmentInUse) {
  parameters.config.segment_bytes_max = 8192;
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({std::string(5000, 'x')}).ok());
  executor.RunUntilIdle();
  file_system.SetCapacityBytes(file_system.used_bytes());
  EXPECT_TRUE(absl::IsResourceExhausted(Append({std::string(5000, 'x')}).status()));
  EXPECT_EQ(log->stats().segment_count, 1);
  EXPECT_EQ(Append({"small"})->base_offset, Offset(1));
  file_system.SetCapacityBytes(int64_t{1} << 30);
  EXPECT_EQ(Append({std::string(5000, 'x')})->base_offset, Offset(2));
  EXPECT_EQ(log->stats().segment_count, 2);
}

}  // namespace
}  // namespace tidemark
