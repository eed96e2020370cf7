// Calls on one log, crashes and openings in between, against what was appended: nothing that was
// acknowledged goes when the process ends, nothing that was durable goes when power fails, and what
// is there is always a prefix.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/base/check.h"
#include "storage/log/log_harness.h"
#include "storage/memory_env.h"
#include "storage/types.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/targets.h"

namespace tidemark {
namespace {

constexpr int kOperationsMax = 100;

class LogGame {
 public:
  explicit LogGame(FuzzInput* choices) : choices_(*choices) {
    life_.parameters.config.segment_bytes_max = 100 + 40 * choices_.TakeByte();
    life_.parameters.config.index_interval_bytes = 1 + 4 * choices_.TakeByte();
    life_.parameters.lower_recovery_point = [this](Offset offset) {
      checkpoint_ = std::min(checkpoint_, offset);
      return absl::OkStatus();
    };
    life_.parameters.store_log_start = [this](Offset offset) {
      start_ = offset;
      return absl::OkStatus();
    };
    TM_CHECK(life_.Open().ok());
  }

  void Play() {
    for (int i = 0; i < kOperationsMax && !choices_.empty(); ++i) {
      Step();
      CheckOffsets();
    }
    Reopen();
    CheckOffsets();
    Compare();
  }

 private:
  void Step() {
    switch (choices_.TakeBelow(12)) {
      case 0:
      case 1:
      case 2:
        return Append();
      case 3:
        return Sync();
      case 4:
        return Truncate();
      case 5:
        return DeleteRecords();
      case 6:
        return Reopen();
      case 7:
        return CrashProcess();
      case 8:
        return LosePower();
      case 9:
        TM_CHECK(life_.log->RollActive().ok());
        return;
      case 10:
        life_.executor.AdvanceBy(absl::Seconds(choices_.TakeByte()));
        return;
      case 11:
        // As the engine does once a minute.
        checkpoint_ = life_.log->offsets().flushed;
        return;
    }
  }

  void Append() {
    std::vector<std::string> values(static_cast<size_t>(1 + choices_.TakeBelow(3)));
    for (std::string& value : values) {
      value = std::string(static_cast<size_t>(choices_.TakeByte()), 'v');
      absl::StrAppend(&value, appends_++);
    }
    epoch_ += choices_.TakeBelow(8) == 0 ? 1 : 0;
    const Offset end = life_.log->offsets().log_end;
    const Timestamp timestamp(choices_.TakeUint16());
    const absl::StatusOr<AppendResult> result =
        life_.Append(values, timestamp, LeaderEpoch(epoch_));
    const auto batch_bytes = static_cast<int64_t>(MakeBatch(values, timestamp).size());
    if (batch_bytes > life_.parameters.config.segment_bytes_max) {
      TM_CHECK(absl::IsInvalidArgument(result.status()));
      return;
    }
    TM_CHECK(result.ok() && result->base_offset == end);
    for (const std::string& value : values) {
      records_.push_back(absl::StrCat(records_.size(), ":", value));
    }
  }

  void Sync() {
    const Offset end = life_.log->offsets().log_end;
    TM_CHECK(life_.log->Sync(end).ok());
    durable_ = end;
  }

  // Somewhere in the log.
  Offset TakeOffset() {
    const int64_t records = life_.log->offsets().log_end - start_;
    return start_ + choices_.TakeUint16() % (records + 1);
  }

  void Truncate() {
    const Offset offset = TakeOffset();
    TM_CHECK(life_.log->TruncateTo(offset).ok());
    const Offset end = life_.log->offsets().log_end;
    TM_CHECK(end <= offset && end >= start_);
    CutModel(end);
  }

  void DeleteRecords() {
    const Offset offset = TakeOffset();
    TM_CHECK(life_.log->DeleteRecordsBefore(offset).ok());
    TM_CHECK(start_ == offset && life_.log->offsets().log_start == offset);
    durable_ = std::max(durable_, offset);
  }

  void Reopen() {
    life_.parameters.log_start_offset = start_;
    TM_CHECK(life_.Reopen().ok());
    durable_ = checkpoint_ = life_.log->offsets().log_end;
  }

  void CrashProcess() {
    life_.parameters.log_start_offset = start_;
    TM_CHECK(life_.CrashAndOpen(checkpoint_).ok());
    Compare();
  }

  void LosePower() {
    constexpr PowerLossMode kModes[] = {PowerLossMode::kDropAll, PowerLossMode::kOrdered,
                                        PowerLossMode::kSubset, PowerLossMode::kSubsetWithGarbage};
    SeededRandom random(choices_.TakeByte());
    life_.parameters.log_start_offset = start_;
    TM_CHECK(life_.LosePowerAndOpen(kModes[choices_.TakeBelow(4)], &random, checkpoint_).ok());
    const Offset end = life_.log->offsets().log_end;
    TM_CHECK(end >= durable_);
    CutModel(end);
    Compare();
  }

  void CutModel(Offset end) {
    TM_CHECK(end.value() <= static_cast<int64_t>(records_.size()));
    records_.resize(static_cast<size_t>(end.value()));
    durable_ = std::min(durable_, end);
    checkpoint_ = std::min(checkpoint_, end);
  }

  void CheckOffsets() {
    const LogOffsets offsets = life_.log->offsets();
    TM_CHECK(offsets.log_start == start_);
    TM_CHECK(offsets.log_end.value() == static_cast<int64_t>(records_.size()));
    durable_ = std::max(durable_, offsets.flushed);
  }

  // The log has the model's records from its start on.
  void Compare() {
    std::vector<std::string> found = life_.ReadAll(start_, 1 + 64 * choices_.TakeByte());
    const size_t wanted = records_.size() - static_cast<size_t>(start_.value());
    // The first batch may begin below the start.
    TM_CHECK(found.size() >= wanted);
    found.erase(found.begin(), found.end() - static_cast<int64_t>(wanted));
    TM_CHECK(std::equal(found.begin(), found.end(), records_.begin() + start_.value()));
  }

  FuzzInput& choices_;
  LogHarness life_;
  std::vector<std::string> records_;  // As Describe has them, from offset 0 on.
  int64_t appends_ = 0;
  int epoch_ = 0;
  Offset start_{0};
  Offset durable_{0};
  Offset checkpoint_{0};  // The recovery point that is on stable storage.
};

}  // namespace

void FuzzLogOperations(absl::string_view input) {
  FuzzInput choices(input);
  LogGame(&choices).Play();
}

}  // namespace tidemark
