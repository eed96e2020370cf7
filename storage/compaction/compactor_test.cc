#include "storage/compaction/compactor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/compaction/test_batches.h"
#include "storage/compaction/test_cleanable_log.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

using Texts = std::vector<std::string>;

class CompactorTest : public testing::Test {
 protected:
  CompactorTest() { options.map_bytes_max = 1 << 16; }

  std::shared_ptr<TestCleanableLog> MakeLog(const std::string& topic = "t") {
    auto log = std::make_shared<TestCleanableLog>(&file_system, topic);
    log->Roll(0);
    return log;
  }
  LogToCompact Subject(const std::shared_ptr<TestCleanableLog>& log) {
    return {log, config, &checkpoint};
  }
  // One record of each key, then a roll.
  static void Put(TestCleanableLog* log, const std::vector<std::string>& keys) {
    for (const std::string& key : keys) {
      RecordBatchOptions batch_options;
      batch_options.base_offset = log->state.log_end;
      log->Append(MakeTestBatch({{key, "v"}}, batch_options));
    }
    log->Roll(log->state.log_end.value());
  }
  static void Damage(MemoryFileSystem* file_system, const TestCleanableLog& log) {
    const auto file = file_system->Open(absl::StrCat(log.directory(), "/00000000000000000000.log"),
                                        OpenMode::kReadWrite);
    ASSERT_TRUE((*file)->Write(65, "?").ok());
  }
  static Texts Sealed(const TestCleanableLog& log) {
    return DescribeTestBatches(log.SealedBytes());
  }

  MemoryFileSystem file_system;
  ManualClock clock;
  ManualExecutor executor{&clock};
  SeededRandom random{3};
  Environment environment{&file_system, &clock, &executor, &random};
  IoThrottle throttle{&clock, IoThrottle::kUnlimited, [](absl::Duration) {}};
  CompactorOptions options;
  CompactionConfig config;
  CleanerCheckpoint checkpoint{&file_system, "/data"};
};

TEST_F(CompactorTest, CleansOneLogAndRemembersHowThatWent) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "b", "a"});
  CompactionState state = compactor.State(Subject(log));
  EXPECT_EQ(state.dirty_ratio, 1.0);
  EXPECT_TRUE(state.is_due);
  EXPECT_FALSE(state.last_run.has_value());

  const CompactionOutcome outcome = compactor.CleanNow(Subject(log));
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.first_dirty, Offset(0));
  EXPECT_EQ(outcome.cleaned_until, Offset(3));
  EXPECT_EQ(outcome.pass_count, 1);
  EXPECT_EQ(outcome.records_before, 3);
  EXPECT_EQ(outcome.records_after, 2);
  EXPECT_EQ(outcome.started, clock.Now());
  EXPECT_EQ(Sealed(*log), (Texts{"1:b=v", "2:a=v"}));
  EXPECT_EQ(checkpoint.Find(log->topic_partition()), Offset(3));

  state = compactor.State(Subject(log));
  EXPECT_EQ(state.dirty_ratio, 0.0);
  EXPECT_FALSE(state.is_due);
  EXPECT_FALSE(state.is_running);
  EXPECT_EQ(state.first_dirty, Offset(3));
  EXPECT_EQ(state.saved_bytes, outcome.saved_bytes());
  EXPECT_GT(state.saved_bytes, 0);
  ASSERT_TRUE(state.last_run.has_value());
  EXPECT_EQ(state.last_run->cleaned_until, Offset(3));
}

TEST_F(CompactorTest, PassesGoOnUntilTheRangeIsClean) {
  options.map_bytes_max = 3 * KeyOffsetMap::kSlotBytes;
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "b", "c", "a", "b", "c", "d"});
  const CompactionOutcome outcome = compactor.CleanNow(Subject(log));
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_GE(outcome.pass_count, 3);
  EXPECT_EQ(Sealed(*log), (Texts{"3:a=v", "4:b=v", "5:c=v", "6:d=v"}));
}

TEST_F(CompactorTest, ALogWithNothingToCleanIsLeftAsItIs) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  const int64_t changes = file_system.changes();
  const CompactionOutcome outcome = compactor.CleanNow(Subject(log));
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.pass_count, 0);
  EXPECT_EQ(file_system.changes(), changes);
  EXPECT_FALSE(compactor.CleanDirtiest({Subject(log)}).has_value());
}

TEST_F(CompactorTest, TakesTheDirtiestFirstAndThoseThatAreNotDueNever) {
  Compactor compactor(environment, options, &throttle);
  const auto half = MakeLog("half");
  const auto most = MakeLog("most");
  const auto least = MakeLog("least");
  for (const auto& log : {half, most, least}) {
    Put(log.get(), {"a", "b", "c", "d"});
    ASSERT_TRUE(compactor.CleanNow(Subject(log)).status.ok());
  }
  Put(half.get(), {"a", "b", "c", "d", "e"});
  Put(most.get(), {"a", "b", "c", "d", "e", "f"});
  Put(least.get(), {"a"});
  const std::vector<LogToCompact> logs = {Subject(half), Subject(most), Subject(least)};
  EXPECT_EQ(compactor.CleanDirtiest(logs)->topic_partition, most->topic_partition());
  EXPECT_EQ(compactor.CleanDirtiest(logs)->topic_partition, half->topic_partition());
  EXPECT_FALSE(compactor.CleanDirtiest(logs).has_value());
}

TEST_F(CompactorTest, AnOldRecordMakesALogDue) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "b", "c", "d"});
  ASSERT_TRUE(compactor.CleanNow(Subject(log)).status.ok());
  Put(log.get(), {"a"});
  EXPECT_FALSE(compactor.State(Subject(log)).is_due);
  config.lag_max = absl::Hours(1);  // The records are from 1970.
  EXPECT_TRUE(compactor.State(Subject(log)).is_due);
  EXPECT_TRUE(compactor.CleanDirtiest({Subject(log)}).has_value());
}

TEST_F(CompactorTest, ADamagedLogIsSetAsideAndOthersAreCleaned) {
  Compactor compactor(environment, options, &throttle);
  const auto bad = MakeLog("bad");
  const auto good = MakeLog("good");
  Put(bad.get(), {"a", "a", "b"});
  Put(good.get(), {"a", "a"});
  Damage(&file_system, *bad);
  const std::vector<LogToCompact> logs = {Subject(bad), Subject(good)};
  absl::optional<CompactionOutcome> outcome = compactor.CleanDirtiest(logs);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->topic_partition, bad->topic_partition());
  EXPECT_EQ(outcome->status.code(), absl::StatusCode::kDataLoss);
  const CompactionState state = compactor.State(logs[0]);
  EXPECT_NE(state.set_aside_because.find("bad-0: /data/bad-0/00000000000000000000.log at 0"),
            std::string::npos)
      << state.set_aside_because;
  outcome = compactor.CleanDirtiest(logs);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->topic_partition, good->topic_partition());
  EXPECT_FALSE(compactor.CleanDirtiest(logs).has_value());

  // By hand it is tried again; once that goes well it is no longer set aside.
  EXPECT_EQ(compactor.CleanNow(logs[0]).status.code(), absl::StatusCode::kDataLoss);
  const auto file = file_system.Open("/data/bad-0/00000000000000000000.log", OpenMode::kReadWrite);
  ASSERT_TRUE((*file)->Write(65, "\2").ok());
  EXPECT_TRUE(compactor.CleanNow(logs[0]).status.ok());
  EXPECT_EQ(compactor.State(logs[0]).set_aside_because, "");
}

TEST_F(CompactorTest, WhatATruncationLeavesIsNotTakenForDamage) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "a", "b"});
  log->before_replace = [&] {
    log->state.log_end = Offset(1);
    return absl::DataLossError("the file ends early");
  };
  EXPECT_EQ(compactor.CleanNow(Subject(log)).status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(compactor.State(Subject(log)).set_aside_because, "");
}

TEST_F(CompactorTest, ADiskErrorIsToldAndTriedAgain) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "a"});
  file_system.SetFaultHook([](const FileOperation& operation) {
    return operation.kind == FileOperation::Kind::kRead ? FileFault(absl::UnavailableError("disk"))
                                                        : FileFault();
  });
  EXPECT_EQ(compactor.CleanDirtiest({Subject(log)})->status.code(), absl::StatusCode::kUnavailable);
  CompactionState state = compactor.State(Subject(log));
  EXPECT_EQ(state.set_aside_because, "");
  EXPECT_EQ(state.last_run->status.code(), absl::StatusCode::kUnavailable);
  file_system.SetFaultHook(nullptr);
  EXPECT_TRUE(compactor.CleanDirtiest({Subject(log)})->status.ok());
}

TEST_F(CompactorTest, ATruncationBelowTheCheckpointMakesTheLogDirtyAgain) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "a"});
  ASSERT_TRUE(compactor.CleanNow(Subject(log)).status.ok());
  ASSERT_TRUE(checkpoint.Lower(log->topic_partition(), Offset(1)).ok());
  EXPECT_EQ(compactor.State(Subject(log)).first_dirty, Offset(1));
}

TEST_F(CompactorTest, ATruncationMeanwhileLeavesTheCheckpointLow) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "a"});
  log->before_replace = [&] { return checkpoint.Lower(log->topic_partition(), Offset(1)); };
  EXPECT_EQ(compactor.CleanNow(Subject(log)).status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(checkpoint.Find(log->topic_partition()), absl::nullopt);
}

TEST_F(CompactorTest, ACheckpointBeyondTheLogIsLoweredForGood) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "a"});
  ASSERT_TRUE(checkpoint.Set(log->topic_partition(), Offset(100), 0).ok());
  log->before_replace = [&] { return absl::UnavailableError("stop here"); };
  EXPECT_FALSE(compactor.CleanNow(Subject(log)).status.ok());
  EXPECT_EQ(checkpoint.Find(log->topic_partition()), Offset(0));
}

TEST_F(CompactorTest, AMapThatHoldsNoKeyIsToldAndSetsTheLogAside) {
  options.map_bytes_max = 10;
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a"});
  EXPECT_EQ(compactor.CleanNow(Subject(log)).status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(compactor.State(Subject(log)).set_aside_because, "");
  compactor.Forget(log->topic_partition());
  EXPECT_EQ(compactor.State(Subject(log)).set_aside_because, "");
  options.map_bytes_max = 1000;
  compactor.SetOptions(options);
  EXPECT_TRUE(compactor.CleanNow(Subject(log)).status.ok());
}

TEST_F(CompactorTest, OneLogIsCleanedByOneAtATimeAndForgetEndsThat) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "a"});
  std::atomic<bool> is_inside{false};
  std::atomic<bool> may_go{false};
  log->before_replace = [&]() -> absl::Status {
    is_inside = true;
    while (!may_go) std::this_thread::yield();
    return absl::AbortedError("for the test");
  };
  const LogToCompact subject = Subject(log);
  std::thread cleaner([&] { compactor.CleanNow(subject); });
  while (!is_inside) std::this_thread::yield();
  // A second one in the background takes something else, or nothing.
  std::thread other([&] { EXPECT_FALSE(compactor.CleanDirtiest({subject}).has_value()); });
  other.join();
  std::thread forgetter([&] { compactor.Forget(log->topic_partition()); });
  may_go = true;
  forgetter.join();
  EXPECT_FALSE(compactor.State(subject).last_run.has_value());
  cleaner.join();
}

TEST_F(CompactorTest, StopWaitsForTheEndOfWhatRuns) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "a"});
  std::atomic<bool> is_inside{false};
  std::atomic<bool> is_stopping{false};
  std::atomic<bool> has_ended{false};
  log->before_replace = [&]() -> absl::Status {
    is_inside = true;
    while (!is_stopping) std::this_thread::yield();
    for (int i = 0; i < 10000; ++i) std::this_thread::yield();
    has_ended = true;
    return absl::OkStatus();
  };
  std::thread cleaner([&] { compactor.CleanNow(Subject(log)); });
  while (!is_inside) std::this_thread::yield();
  is_stopping = true;
  compactor.Stop();
  EXPECT_TRUE(has_ended);
  cleaner.join();
}

TEST_F(CompactorTest, ALogIsCleanedAtTheRateOfItsTopicAndOfAll) {
  const auto log = MakeLog();
  Put(log.get(), {"a", "a", "b"});
  const auto clean_at = [&](double rate_of_all, double rate_of_topic) {
    const auto wait = [this](absl::Duration duration) { clock.Advance(duration); };
    IoThrottle all(&clock, rate_of_all, wait);
    LogToCompact subject = Subject(log);
    subject.throttle = std::make_shared<IoThrottle>(&clock, rate_of_topic, wait);
    checkpoint.Lower(log->topic_partition(), Offset(0)).IgnoreError();
    Compactor compactor(environment, options, &all);
    const CompactionOutcome outcome = compactor.CleanNow(subject);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    return outcome.took;
  };
  clean_at(IoThrottle::kUnlimited, IoThrottle::kUnlimited);
  EXPECT_EQ(clean_at(IoThrottle::kUnlimited, IoThrottle::kUnlimited), absl::ZeroDuration());
  const absl::Duration slow = clean_at(IoThrottle::kUnlimited, 10);
  EXPECT_GT(slow, absl::Seconds(10));
  EXPECT_EQ(clean_at(10, IoThrottle::kUnlimited), slow);
  EXPECT_EQ(clean_at(10, 10), slow) << "the slower of the two, and not one after the other";
}

TEST_F(CompactorTest, WhoWaitsForHisRateHearsThatTheLogIsForgotten) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "a"});
  std::atomic<int> waits{0};
  LogToCompact subject = Subject(log);
  subject.throttle = std::make_shared<IoThrottle>(&clock, 1e-9, [&](absl::Duration) {
    ++waits;
    std::this_thread::yield();
  });
  CompactionOutcome outcome;
  std::thread cleaner([&] { outcome = compactor.CleanNow(subject); });
  while (waits == 0) std::this_thread::yield();
  compactor.Forget(log->topic_partition());
  cleaner.join();
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kAborted);
}

TEST_F(CompactorTest, WhatIsNotWantedAnyMoreIsNotBegun) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "a"});
  LogToCompact subject = Subject(log);
  subject.is_wanted = [] { return false; };
  EXPECT_EQ(compactor.CleanDirtiest({subject})->status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Sealed(*log).size(), 2u);
  EXPECT_EQ(compactor.State(subject).set_aside_because, "");
}

TEST_F(CompactorTest, AfterStopNothingIsCleaned) {
  Compactor compactor(environment, options, &throttle);
  const auto log = MakeLog();
  Put(log.get(), {"a", "a"});
  compactor.Stop();
  EXPECT_FALSE(compactor.CleanDirtiest({Subject(log)}).has_value());
  EXPECT_EQ(compactor.CleanNow(Subject(log)).status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Sealed(*log).size(), 2u);
}

}  // namespace
}  // namespace tidemark
