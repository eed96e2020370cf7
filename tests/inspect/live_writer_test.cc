// Verifying, dumping and reading a directory while an engine appends to it and rolls segments.

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/engine.h"
#include "storage/inspect.h"
#include "storage/posix_env.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

constexpr int kRecordsPerBatch = 10;
constexpr size_t kBatchesMax = 3000;

std::string MakeBatch(size_t value_bytes) {
  RecordBatchBuilder builder;
  const std::string value(value_bytes, 'v');
  for (int i = 0; i < kRecordsPerBatch; ++i) {
    EXPECT_TRUE(builder.Add(Record{{}, value, {}, Timestamp(1000 + i)}).ok());
  }
  const absl::StatusOr<absl::Span<char>> bytes = builder.Finish();
  EXPECT_TRUE(bytes.ok());
  return std::string(bytes->data(), bytes->size());
}

class LiveWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = absl::StrCat(testing::TempDir(), "/live_writer_",
                              testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    const Environment environment = {file_system_.get(), clock_.get(), executor_.get(),
                                     random_.get()};
    absl::StatusOr<std::unique_ptr<StorageEngine>> engine =
        StorageEngine::Open(directory_, environment, {});
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
    ASSERT_TRUE(engine_->CreateTopic("t", 1, {{"segment.bytes", "300000"}}).ok());
    log_ = *engine_->GetLog({"t", PartitionId(0)});
  }

  // Appends batches of many sizes on another thread until it is told to stop, or for long enough.
  void StartWriter() {
    writer_ = std::thread([this] {
      for (size_t i = 0; i < kBatchesMax && !stop_; ++i) {
        std::string batch = MakeBatch(1 + i * 37 % 5000);
        ASSERT_TRUE(log_->Append(absl::MakeSpan(batch), {}).ok());
        appended_ = log_->offsets().log_end.value();
      }
    });
  }

  void StopWriter() {
    stop_ = true;
    writer_.join();
  }

  const std::unique_ptr<FileSystem> file_system_ = NewPosixFileSystem();
  const std::unique_ptr<Clock> clock_ = NewSystemClock();
  const std::unique_ptr<Random> random_ = NewSystemRandom();
  const std::unique_ptr<Executor> executor_ = NewThreadPoolExecutor(1);
  std::string directory_;
  std::unique_ptr<StorageEngine> engine_;
  std::shared_ptr<ReplicaLog> log_;
  std::thread writer_;
  std::atomic<bool> stop_{false};
  std::atomic<int64_t> appended_{0};
};

TEST_F(LiveWriterTest, VerifyFindsNothing) {
  StartWriter();
  for (int i = 0; i < 6; ++i) {
    VerifyOptions options;
    std::string findings;
    options.on_finding = [&](const Finding& finding) {
      absl::StrAppend(&findings, finding.file, ": ", finding.message, "\n");
    };
    const int64_t appended = appended_;
    const absl::StatusOr<VerifyTotals> totals =
        VerifyDataDirectory(file_system_.get(), directory_, options);
    ASSERT_TRUE(totals.ok()) << totals.status();
    EXPECT_EQ(totals->damage_count, 0) << findings;
    EXPECT_GE(totals->record_count, appended);
  }
  StopWriter();
}

TEST_F(LiveWriterTest, ReaderSeesEveryRecordOnceAndInOrder) {
  StartWriter();
  const std::unique_ptr<ReadOnlyPartition> partition =
      *ReadOnlyPartition::Open(file_system_.get(), directory_ + "/t-0");
  Offset next(0);
  const auto read_on = [&] {
    std::string bytes;
    const absl::StatusOr<Offset> read_to = partition->Read(next, 1 << 16, &bytes);
    ASSERT_TRUE(read_to.ok()) << read_to.status();
    for (absl::string_view rest = bytes; !rest.empty();) {
      const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(rest);
      ASSERT_TRUE(batch.ok());
      ASSERT_EQ(batch->base_offset(), next);
      next = batch->next_offset();
      rest.remove_prefix(batch->bytes().size());
    }
    ASSERT_EQ(next, *read_to);
  };
  while (next.value() < 10000 && !HasFatalFailure()) read_on();
  StopWriter();
  while (next < log_->offsets().log_end && !HasFatalFailure()) read_on();
  EXPECT_EQ(*partition->FindEnd(), log_->offsets().log_end);
}

TEST_F(LiveWriterTest, DumpOfTheSegmentBeingWrittenFindsNoDamage) {
  StartWriter();
  for (int i = 0; i < 20; ++i) {
    const absl::StatusOr<std::vector<DirectoryEntry>> entries =
        file_system_->List(directory_ + "/t-0");
    ASSERT_TRUE(entries.ok());
    std::string last;
    for (const DirectoryEntry& entry : *entries) {
      if (DataFileKindOf(entry.name) == DataFileKind::kLog) last = entry.name;
    }
    const absl::Status status = DumpFile(
        file_system_.get(), absl::StrCat(directory_, "/t-0/", last), [](const DataFileItem& item) {
          const auto* const damage = std::get_if<DamageItem>(&item);
          EXPECT_EQ(damage, nullptr) << damage->position << ": " << damage->message;
          return true;
        });
    EXPECT_TRUE(status.ok()) << status;
  }
  StopWriter();
}

}  // namespace
}  // namespace tidemark
