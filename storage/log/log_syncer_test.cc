#include "storage/log/log_syncer.h"

#include <functional>
#include <string>
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

// The syncer, through the log whose it is. Segments hold three records or so.
class LogSyncerTest : public ::testing::Test, public LogHarness {
 protected:
  void OpenWith(int count) {
    parameters.config.segment_bytes_max = 240;
    ASSERT_TRUE(Open().ok());
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(Append({absl::StrCat("value-", i)}, Timestamp(1000 + i)).ok());
      expected_.push_back(absl::StrCat(i, ":value-", i));
    }
  }
  // Calls `work` in place of the next call of the kind on such a path.
  void AtNext(Kind kind, const std::string& ending, std::function<FileFault()> work) {
    file_system.SetFaultHook([this, kind, ending, work](const FileOperation& call) {
      if (call.kind != kind || !absl::EndsWith(call.path, ending)) return FileFault();
      file_system.SetFaultHook(nullptr);
      return work();
    });
  }

  Strings expected_;
};

TEST_F(LogSyncerTest, ANameThatIsMadeWhileASyncRunsIsDurableWithTheNext) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(3));
  AtNext(Kind::kCreate, ".log", [this] {
    EXPECT_TRUE(log->Sync(Offset(3)).ok()) << "by another thread, say";
    return FileFault();
  });
  for (const std::string value : {"x", "y"}) ASSERT_TRUE(Append({value}).ok());
  ASSERT_EQ(log->stats().roll_count, 1);
  ASSERT_TRUE(log->Sync(Offset(5)).ok());
  ASSERT_TRUE(LosePowerAndOpen(PowerLossMode::kDropAll, &random).ok());
  EXPECT_EQ(ReadAll(), (Strings{"0:value-0", "1:value-1", "2:value-2", "3:x", "4:y"}));
}

TEST_F(LogSyncerTest, ASyncThatFailsWhileADeletionFinishesSegmentsIsFinal) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(10));
  ASSERT_GE(log->stats().roll_count, 2);
  file_system.SetFaultHook([](const FileOperation& call) {
    const bool is_index = call.kind == Kind::kWrite && absl::EndsWith(call.path, ".index");
    return is_index ? FileFault(absl::ResourceExhaustedError("full")) : FileFault();
  });
  ASSERT_TRUE(log->Sync(Offset(10)).ok()) << "what was rolled is not finished, but durable";
  AtNext(Kind::kSync, ".log", [] { return FileFault(absl::UnavailableError("EIO")); });
  const absl::Status deleted = log->DeleteRecordsBefore(Offset(4));
  EXPECT_TRUE(absl::IsDataLoss(deleted)) << deleted;
  EXPECT_TRUE(absl::IsFailedPrecondition(Append({"x"}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(log->DeleteRecordsBefore(Offset(5))));
}

TEST_F(LogSyncerTest, ANameOfATransactionIndexThatCannotBeSyncedFencesTheLog) {
  ASSERT_NO_FATAL_FAILURE(OpenWith(1));
  ASSERT_TRUE(log->EndTransaction({ProducerId(7), ProducerEpoch(0), true, 0}, {}).ok());
  RecordBatchOptions options;
  options.producer_id = ProducerId(7);
  options.producer_epoch = ProducerEpoch(0);
  options.base_sequence = Sequence(0);
  options.is_transactional = true;
  std::string batch = MakeBatch({"aborted"}, Timestamp(1000), options);
  ASSERT_TRUE(log->Append(absl::MakeSpan(batch), {}).ok());
  ASSERT_TRUE(log->EndTransaction({ProducerId(7), ProducerEpoch(0), false, 0}, {}).ok());
  ASSERT_TRUE(log->RollActive().ok());
  AtNext(Kind::kSync, ".txnindex", [this] {
    AtNext(Kind::kSyncDirectory, "/log", [] { return FileFault(absl::UnavailableError("EIO")); });
    return FileFault();
  });
  const Offset end = log->offsets().log_end;
  EXPECT_TRUE(absl::IsDataLoss(log->Sync(end)));
  EXPECT_TRUE(absl::IsFailedPrecondition(log->Sync(end)));
}

}  // namespace
}  // namespace tidemark
