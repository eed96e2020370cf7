// Goal: bytes that were on stable storage and changed there without a word are noticed: no flipped
// bit, lost or misdirected write gives other records, or ends the process. Method: a log of several
// epochs, batches and segments is closed; each single change of a kind is made in it, and it is
// recovered, and read.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/log/log_harness.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

class RotTest : public ::testing::Test, public LogHarness {
 protected:
  // Nine batches of three epochs, which are 0, 2 and 4; the last segment has some of each.
  void SetUp() override { Fill(4096); }
  void Fill(int32_t index_interval_bytes) {
    parameters.config.index_interval_bytes = index_interval_bytes;
    file_system.Restore(empty_);
    ASSERT_TRUE(Open().ok());
    for (int i = 0; i < 9; ++i) {
      const Timestamp timestamp(1000 + 10 * i);
      ASSERT_TRUE(Append({absl::StrCat("v", i)}, timestamp, LeaderEpoch(i / 3 * 2)).ok());
      if (i == 1) {
        ASSERT_TRUE(log->RollActive().ok());
      }
    }
    all_ = ReadAll();
    ASSERT_TRUE(log->Close().ok());
    clean_ = file_system.Snapshot();
  }

  std::string Contents(const std::string& path) {
    const std::unique_ptr<File> file = *file_system.Open(path, OpenMode::kRead);
    std::string bytes(static_cast<size_t>(*file->Size()), '\0');
    EXPECT_TRUE(file->Read(0, absl::MakeSpan(bytes)).ok());
    return bytes;
  }
  void Overwrite(const std::string& path, const std::string& bytes) {
    const std::unique_ptr<File> file = *file_system.Open(path, OpenMode::kCreate);
    ASSERT_TRUE(file->Write(0, bytes).ok());
  }
  void ForEachFlippedBit(const std::string& path,
                         const std::function<void(const std::string&)>& check) {
    const std::string sound = Contents(path);
    for (size_t bit = 0; bit < 8 * sound.size(); ++bit) {
      std::string damaged = sound;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      file_system.Restore(clean_);
      Overwrite(path, damaged);
      ASSERT_NO_FATAL_FAILURE(check(absl::StrCat(path, " bit ", bit)));
    }
  }
  // From each offset on, what is read is what was written, or DATA_LOSS, or a batch with a CRC that
  // says so; and it is the same each time.
  void ExpectNoOtherRecords(const std::string& context) {
    for (Offset offset(0); offset < end(); ++offset) {
      std::string bytes;
      const absl::Status status = log->Read(offset, {}, &bytes).status();
      ASSERT_EQ(log->Read(offset, {}, &bytes).status(), status) << context;
      ASSERT_TRUE(status.ok() || absl::IsDataLoss(status)) << status << " " << context;
      Strings found = Describe(bytes);
      if (!found.empty() && found.back()[0] == '?') found.pop_back();
      const auto first = all_.begin() + offset.value();
      ASSERT_LE(found.size(), static_cast<size_t>(all_.end() - first)) << context;
      ASSERT_TRUE(std::equal(found.begin(), found.end(), first))
          << absl::StrJoin(found, " ") << " from " << offset << " " << context;
    }
  }
  void ExpectAllEpochs(const std::string& context) {
    ASSERT_EQ(log->latest_leader_epoch(), LeaderEpoch(4)) << context;
    ASSERT_EQ(log->EndOffsetForEpoch(LeaderEpoch(0))->end_offset, Offset(3)) << context;
    ASSERT_EQ(log->EndOffsetForEpoch(LeaderEpoch(3))->end_offset, Offset(6)) << context;
  }
  Offset end() const { return Offset(static_cast<int64_t>(all_.size())); }

  const std::string sealed_path_ = "/log/00000000000000000000.log";
  const std::string active_path_ = "/log/00000000000000000002.log";
  Strings all_;
  const MemorySnapshot empty_ = file_system.Snapshot();
  MemorySnapshot clean_ = file_system.Snapshot();
};

TEST_F(RotTest, A11_A12_EveryFlippedBitOfWhatIsRecoveredIsTold) {
  int64_t kept = 0;
  ForEachFlippedBit(active_path_, [&](const std::string& context) {
    const absl::Status opened = Open(false, end());
    if (!opened.ok()) {
      ASSERT_TRUE(absl::IsDataLoss(opened)) << opened << " " << context;
      return;
    }
    ++kept;
    ASSERT_FALSE(report.notes.empty()) << context;
    ASSERT_EQ(report.dropped_bytes, 0) << context;
    ASSERT_NO_FATAL_FAILURE(ExpectAllEpochs(context));
    ASSERT_EQ(ReadAll(), all_) << context;
    ASSERT_TRUE(Append({"more"}, Timestamp(1), LeaderEpoch(4)).ok()) << "its leader is " << context;
  });
  EXPECT_GT(kept, 7 * 28) << "epochs that rose are set right";
}

TEST_F(RotTest, A11_A12_NoFlippedBitGivesOtherRecordsAfterACleanStop) {
  for (const int32_t index_interval_bytes : {1, 4096}) {
    ASSERT_NO_FATAL_FAILURE(Fill(index_interval_bytes));
    for (const std::string& path : {sealed_path_, active_path_}) {
      ForEachFlippedBit(path, [&](const std::string& context) {
        if (Open(true, end()).ok()) {
          ASSERT_NO_FATAL_FAILURE(ExpectNoOtherRecords(context));
        }
      });
    }
  }
}

TEST_F(RotTest, A12_AFlippedBitOfTheEpochFileTakesNoRecordAway) {
  ForEachFlippedBit("/log/leader-epoch-checkpoint", [&](const std::string& context) {
    const absl::Status opened = Open(false, end());
    if (opened.ok()) {
      ASSERT_EQ(ReadAll(), all_) << context;
    } else {
      // It may say that earlier batches stand where later ones were.
      ASSERT_TRUE(absl::IsDataLoss(opened)) << opened << " " << context;
      ASSERT_NE(opened.message().find("leader-epoch-checkpoint"), std::string::npos) << opened;
      ASSERT_TRUE(file_system.Remove("/log/leader-epoch-checkpoint").ok());
      ASSERT_TRUE(Open(false, end()).ok()) << context;
      ASSERT_NO_FATAL_FAILURE(ExpectAllEpochs(context));
      ASSERT_EQ(ReadAll(), all_) << context;
    }
  });
}

}  // namespace
}  // namespace tidemark
