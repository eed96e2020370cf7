// Goal: what docs/GUARANTEES.md says of a running log when the world around it behaves badly:
// clocks that jump, disks that do not answer, too many open files. Method: a log in memory and
// faults on demand; afterwards the log must be as it was, and go on.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

class TroubleTest : public ::testing::Test, public LogHarness {
 protected:
  // Every call of this kind fails from now on.
  void Fail(FileOperation::Kind kind) {
    file_system.SetFaultHook([kind](const FileOperation& operation) {
      return operation.kind == kind ? FileFault(absl::UnavailableError("too many open files"))
                                    : FileFault();
    });
  }
  void FailNothing() { file_system.SetFaultHook(nullptr); }
};

TEST_F(TroubleTest, OffsetsAndOrderFollowNoClock) {
  parameters.config.timestamp_type = TimestampType::kLogAppendTime;
  parameters.config.index_interval_bytes = 100;
  ASSERT_TRUE(Open().ok());
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  Strings expected;
  int64_t next = 0;
  for (const absl::Duration jump :
       {absl::ZeroDuration(), -absl::Hours(1), absl::Hours(24 * 3650), -absl::Hours(24 * 3650)}) {
    clock.SetNow(now + jump);
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(Append({"value"})->base_offset, Offset(next));
      expected.push_back(absl::StrCat(next++, ":value"));
    }
  }
  EXPECT_EQ(ReadAll(), expected);
  ASSERT_TRUE(CrashAndOpen().ok());
  EXPECT_EQ(ReadAll(), expected);
}

TEST_F(TroubleTest, TheFirstRecordOfATimeIsFoundAlsoWhereTimesGoBack) {
  parameters.config.index_interval_bytes = 100;
  parameters.config.segment_bytes_max = 700;
  ASSERT_TRUE(Open().ok());
  const std::vector<int64_t> times = {50, 60, 10, 20, 30, 90, 40, 40, 95, 10};
  for (int round = 0; round < 4; ++round) {
    for (const int64_t time : times) ASSERT_TRUE(Append({"value"}, Timestamp(time)).ok());
  }
  for (int64_t wanted = 0; wanted < 100; ++wanted) {
    absl::optional<Offset> expected;
    for (size_t i = 0; i < times.size() && !expected; ++i) {
      if (times[i] >= wanted) expected = Offset(static_cast<int64_t>(i));
    }
    const auto found = log->FindByTimestamp(Timestamp(wanted));
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_EQ(found->has_value(), expected.has_value()) << wanted;
    if (expected) {
      EXPECT_EQ((*found)->offset, *expected) << wanted;
    }
  }
}

TEST_F(TroubleTest, DeadlinesFollowTheMonotonicClock) {
  ASSERT_TRUE(Open().ok());
  int called = 0;
  log->AwaitAppend(Offset(0), absl::Seconds(10), [&](const absl::Status&) { ++called; });
  clock.SetNow(clock.Now() + absl::Hours(24 * 365));
  executor.AdvanceBy(absl::Seconds(9));
  EXPECT_EQ(called, 0);
  clock.SetNow(clock.Now() - absl::Hours(2 * 24 * 365));
  executor.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(called, 1);
}

TEST_F(TroubleTest, AReadThatFailsIsToldAndHurtsNothing) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({"a"}).ok());
  Fail(FileOperation::Kind::kRead);
  std::string out;
  const absl::Status status = log->Read(Offset(0), {}, &out).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(Append({"b"})->base_offset, Offset(1));
  FailNothing();
  EXPECT_EQ(ReadAll(), (Strings{"0:a", "1:b"}));
}

TEST_F(TroubleTest, ARollThatCannotMakeItsFilesLeavesTheOldSegmentInUse) {
  parameters.config.segment_bytes_max = 300;
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Append({std::string(200, 'x')}).ok());
  Fail(FileOperation::Kind::kCreate);
  const absl::Status refused = Append({std::string(200, 'y')}).status();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_EQ(log->offsets().log_end, Offset(1));
  EXPECT_EQ(log->stats().segment_count, 1);
  FailNothing();
  EXPECT_EQ(Append({"next"})->base_offset, Offset(1));
  EXPECT_EQ(ReadAll().size(), 2u);
  ASSERT_TRUE(log->Sync(Offset(2)).ok());
}

}  // namespace
}  // namespace tidemark
