// Goal: every promise of storage/log.h holds when many threads use one log at once. Method:
// appenders, readers, waiters, a syncer and now and then a truncation, on real files and threads;
// values tell which appender wrote them and when, so each read checks itself.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/base/mutex.h"
#include "storage/log/log_harness.h"
#include "storage/log/partition_log.h"
#include "storage/posix_env.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

class ConcurrencyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = absl::StrCat(::testing::TempDir(), "/concurrency-",
                              ::testing::UnitTest::GetInstance()->current_test_info()->name());
    ASSERT_TRUE(file_system_->CreateDirectory(directory_).ok());
    parameters_.topic_partition = {"t", PartitionId(0)};
    parameters_.directory = directory_;
    parameters_.config.segment_bytes_max = 200'000;
    parameters_.config.index_interval_bytes = 1000;
    Open(true);
  }
  void TearDown() override {
    ASSERT_NE(log_, nullptr);
    EXPECT_TRUE(log_->Close().ok());
  }
  void Open(bool was_clean) {
    LogEnvironment environment;
    environment.file_system = file_system_.get();
    environment.open_files = &open_files_;
    environment.index_cache = &index_cache_;
    environment.clock = clock_.get();
    environment.executor = executor_.get();
    environment.random = random_.get();
    parameters_.was_clean = was_clean;
    LogRecoveryReport report;
    auto opened = PartitionLog::Open(environment, parameters_, &report);
    ASSERT_TRUE(opened.ok()) << opened.status();
    log_ = *std::move(opened);
  }

  // Appends `count` single records "thread:number".
  void AppendMany(int thread, int count, bool is_durable) {
    for (int i = 0; i < count; ++i) {
      std::string batch = MakeBatch({absl::StrCat(thread, ":", i)});
      const absl::StatusOr<AppendResult> result = log_->Append(absl::MakeSpan(batch), {});
      if (!result.ok()) {
        ++failures_;
        return;
      }
      if (is_durable) {
        if (!log_->Sync(result->last_offset + 1).ok()) ++failures_;
        if (log_->offsets().log_end <= result->last_offset) ++failures_;
      }
    }
  }

  // Reads everything up to `end` while it is written; checks that offsets and each thread's numbers
  // have no gap.
  void ReadAlong(int64_t end, bool by_view) {
    std::vector<int> next(16, 0);
    std::string bytes;
    for (Offset offset(0); offset < Offset(end);) {
      absl::string_view batches;
      LogView view;
      ReadInfo info;
      if (by_view) {
        auto found = log_->View(offset, {});
        if (!found.ok()) return Fail(found.status());
        view = *std::move(found);
        batches = view.bytes;
        info = view.info;
      } else {
        auto found = log_->Read(offset, {}, &bytes);
        if (!found.ok()) return Fail(found.status());
        batches = bytes;
        info = *found;
      }
      for (const std::string& record : Describe(batches)) {
        const std::vector<std::string> parts = absl::StrSplit(record, ':');
        int thread = 0;
        int number = 0;
        if (parts.size() != 3 || parts[0] != absl::StrCat(offset.value()) ||
            !absl::SimpleAtoi(parts[1], &thread) || !absl::SimpleAtoi(parts[2], &number) ||
            next[static_cast<size_t>(thread)]++ != number) {
          return Fail(absl::DataLossError(record));
        }
        ++offset;
      }
      if (offset != info.next_offset) return Fail(absl::DataLossError("offsets skip"));
    }
  }
  void Fail(const absl::Status& status) {
    ++failures_;
    ADD_FAILURE() << status;
  }

  std::unique_ptr<FileSystem> file_system_ = NewPosixFileSystem();
  std::unique_ptr<Clock> clock_ = NewSystemClock();
  std::unique_ptr<Random> random_ = NewSystemRandom();
  OpenFileCache open_files_{file_system_.get(), 8};
  IndexCache index_cache_{100'000};
  std::string directory_;
  LogParameters parameters_;
  std::atomic<int> failures_{0};
  std::shared_ptr<PartitionLog> log_;
  // The last one: its threads use the others.
  std::unique_ptr<Executor> executor_ = NewThreadPoolExecutor(2);
};

TEST_F(ConcurrencyTest, ReadersFollowManyAppendersAndSyncersThroughRolls) {
  constexpr int kThreads = 4;
  constexpr int kEach = 4000;
  {
    const std::unique_ptr<Executor> threads = NewThreadPoolExecutor(kThreads + 3);
    threads->Run([&] { ReadAlong(kThreads * kEach, true); });
    threads->Run([&] { ReadAlong(kThreads * kEach, false); });
    threads->Run([&] {
      for (Offset at(0); at < Offset(kThreads * kEach); at = log_->offsets().log_end) {
        if (!log_->Sync(at).ok()) ++failures_;
      }
    });
    for (int t = 0; t < kThreads; ++t) threads->Run([&, t] { AppendMany(t, kEach, false); });
  }
  EXPECT_EQ(failures_, 0);
  EXPECT_EQ(log_->offsets().log_end, Offset(kThreads * kEach));
  EXPECT_GT(log_->stats().roll_count, 3);
}

TEST_F(ConcurrencyTest, DurableAppendersShareSyncs) {
  constexpr int kThreads = 6;
  constexpr int kEach = 100;
  {
    const std::unique_ptr<Executor> threads = NewThreadPoolExecutor(kThreads);
    for (int t = 0; t < kThreads; ++t) threads->Run([&, t] { AppendMany(t, kEach, true); });
  }
  EXPECT_EQ(failures_, 0);
  EXPECT_LE(log_->stats().sync_count, kThreads * kEach);
  EXPECT_EQ(log_->offsets().flushed, log_->offsets().log_end);
}

TEST_F(ConcurrencyTest, ThoseWhoWaitAreWokenOnceForEachAppendTheyWaitFor) {
  constexpr int kEach = 2000;
  std::atomic<int> woken{0};
  {
    const std::unique_ptr<Executor> threads = NewThreadPoolExecutor(2);
    threads->Run([&] {
      for (int i = 0; i < kEach; ++i) {
        log_->AwaitAppend(Offset(i), absl::InfiniteDuration(), [&, i](const absl::Status& status) {
          if (!status.ok() || log_->offsets().log_end <= Offset(i)) ++failures_;
          ++woken;
        });
      }
    });
    threads->Run([&] { AppendMany(0, kEach, false); });
  }
  EXPECT_EQ(woken, kEach);
  EXPECT_EQ(failures_, 0);
}

TEST_F(ConcurrencyTest, ViewsHoldWhileTheLogIsCutAndWrittenAgain) {
  AppendMany(0, 500, false);
  std::atomic<bool> stop{false};
  {
    const std::unique_ptr<Executor> threads = NewThreadPoolExecutor(3);
    for (int t = 0; t < 2; ++t) {
      threads->Run([&, t] {
        SeededRandom offsets(static_cast<uint64_t>(t));
        while (!stop) {
          const Offset offset(static_cast<int64_t>(offsets.Next() % 600));
          const absl::StatusOr<LogView> view = log_->View(offset, {});
          std::string bytes;
          const absl::Status read = log_->Read(offset, {}, &bytes).status();
          // The log may end below the offset just now.
          if (!view.ok() && !absl::IsOutOfRange(view.status())) Fail(view.status());
          if (!read.ok() && !absl::IsOutOfRange(read)) Fail(read);
          for (const std::string& record : Describe(bytes)) {
            if (record[0] == '?') Fail(absl::DataLossError(record));
          }
          if (!view.ok()) continue;
          for (const std::string& record : Describe(view->bytes)) {
            if (record[0] == '?') Fail(absl::DataLossError(record));
          }
        }
      });
    }
    threads->Run([&] {
      for (int i = 0; i < 60 && failures_ == 0; ++i) {
        if (!log_->TruncateTo(Offset(i * 7 % 400)).ok()) ++failures_;
        AppendMany(1, 500, false);
      }
      stop = true;
    });
  }
  EXPECT_EQ(failures_, 0);
}

TEST_F(ConcurrencyTest, DeletionsAtTheFrontHurtNobodyWhoReadsAndAppends) {
  LogConfig config = parameters_.config;
  config.segment_bytes_max = 4000;
  config.file_delete_delay = absl::ZeroDuration();
  log_->SetConfig(config);
  std::atomic<bool> stop{false};
  {
    const std::unique_ptr<Executor> threads = NewThreadPoolExecutor(4);
    for (const bool by_view : {false, true}) {
      threads->Run([&, by_view] {
        std::string bytes;
        while (!stop) {
          const Offset offset = log_->offsets().log_start;
          absl::Status status;
          if (by_view) {
            const absl::StatusOr<LogView> view = log_->View(offset, {});
            status = view.status();
            if (view.ok()) bytes.assign(view->bytes.data(), view->bytes.size());
          } else {
            status = log_->Read(offset, {}, &bytes).status();
          }
          // The log may start above the offset just now.
          if (!status.ok() && !absl::IsOutOfRange(status)) Fail(status);
          if (!status.ok()) continue;
          for (const std::string& record : Describe(bytes)) {
            if (record[0] == '?') Fail(absl::DataLossError(record));
          }
          const absl::Status found = log_->FindByTimestamp(Timestamp(0)).status();
          if (!found.ok()) Fail(found);
        }
      });
    }
    threads->Run([&] {
      while (!stop) {
        if (!log_->Sync(log_->offsets().log_end).ok()) ++failures_;
      }
    });
    threads->Run([&] {
      for (int i = 0; i < 200 && failures_ == 0; ++i) {
        AppendMany(0, 50, false);
        const LogOffsets offsets = log_->offsets();
        const absl::Status status = i % 10 == 0 ? log_->DeleteRecordsBefore(offsets.log_end)
                                                : log_->DeleteRecordsBefore(offsets.log_end - 60);
        if (!status.ok()) Fail(status);
        if (i % 7 == 0 && !log_->RollActive().ok()) ++failures_;
        if (!log_->Segments().ok()) ++failures_;
      }
      stop = true;
    });
  }
  EXPECT_EQ(failures_, 0);
  EXPECT_EQ(log_->offsets().log_end, Offset(10'000));
  EXPECT_LE(log_->stats().segment_count, 6);
}

// Whoever ends a log finds nothing of it at work afterwards: a roll stands in the file system while
// the log is ended by another thread, which must not be over before the roll is.
TEST_F(ConcurrencyTest, EndingALogWaitsForARollAndForAnotherWhoEndsIt) {
  for (const bool is_abandoned : {true, false}) {
    MemoryFileSystem memory;
    OpenFileCache open_files(&memory, 8);
    ASSERT_TRUE(memory.CreateDirectory("/log").ok());
    LogParameters parameters = parameters_;
    parameters.directory = "/log";
    parameters.config.segment_bytes_max = 100;
    LogRecoveryReport report;
    const std::shared_ptr<PartitionLog> log = *PartitionLog::Open(
        {&memory, &open_files, &index_cache_, clock_.get(), executor_.get(), random_.get(), {}},
        parameters, &report);
    const auto append = [&] {
      std::string batch = MakeBatch({"0123456789"});
      return log->Append(absl::MakeSpan(batch), {}).status();
    };
    ASSERT_TRUE(append().ok());
    std::atomic<int> ended{0};
    std::atomic<int64_t> changes{-1};
    {
      const std::unique_ptr<Executor> threads = NewThreadPoolExecutor(2);
      memory.SetFaultHook([&](const FileOperation& operation) {
        if (operation.kind != FileOperation::Kind::kCreate) return FileFault();
        memory.SetFaultHook(nullptr);
        for (int i = 0; i < 2; ++i) {
          threads->Run([&] {
            if (is_abandoned) {
              log->Abandon();
            } else {
              EXPECT_TRUE(log->Close().ok());
            }
            changes = memory.changes();
            ++ended;
          });
        }
        // Time enough for whoever does not wait.
        Mutex mutex;
        CondVar never;
        MutexLock lock(&mutex);
        for (int i = 0; i < 50 && ended == 0; ++i) {
          never.WaitWithTimeout(&mutex, absl::Milliseconds(1));
        }
        EXPECT_EQ(ended, 0);
        return FileFault();
      });
      append().IgnoreError();
    }
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(memory.changes(), changes) << "nothing after the end";
  }
}

TEST_F(ConcurrencyTest, CloseWhileEverybodyWorksLosesNothingAcknowledged) {
  std::atomic<int64_t> acknowledged{0};
  {
    const std::unique_ptr<Executor> threads = NewThreadPoolExecutor(4);
    for (int t = 0; t < 3; ++t) {
      threads->Run([&] {
        while (true) {
          std::string batch = MakeBatch({"x"});
          const absl::StatusOr<AppendResult> result = log_->Append(absl::MakeSpan(batch), {});
          if (!result.ok()) break;
          ++acknowledged;
        }
      });
    }
    threads->Run([&] {
      while (acknowledged < 1000) {
      }
      EXPECT_TRUE(log_->Close().ok());
    });
  }
  Open(true);
  EXPECT_EQ(log_->offsets().log_end, Offset(acknowledged));
}

}  // namespace
}  // namespace tidemark
