#include "storage/log/epoch_recovery.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/format/file_names.h"

namespace tidemark {

absl::optional<LeaderEpoch> EpochRecovery::Expected(const RecordBatchView& batch) const {
  if (batch.leader_epoch() == kNoLeaderEpoch || batch.next_offset() > settled_end_) {
    return absl::nullopt;
  }
  return epochs_->EpochAt(batch.base_offset());
}

absl::Status EpochRecovery::Check(const RecordBatchView& batch) const {
  const absl::optional<LeaderEpoch> expected = Expected(batch);
  if (!expected.has_value() || batch.leader_epoch() >= *expected) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      "a batch of leader epoch ", batch.leader_epoch().value(), " at offset ",
      batch.base_offset().value(), ", which ", kLeaderEpochCheckpointName, " has in epoch ",
      expected->value(), "; if that file is wrong, delete it, and it is made again"));
}

LeaderEpoch EpochRecovery::Take(const RecordBatchView& batch) {
  const LeaderEpoch epoch = batch.leader_epoch();
  if (epoch == kNoLeaderEpoch) return floor_;
  const absl::optional<LeaderEpoch> expected = Expected(batch);
  // Of the file's epoch there, it says nothing about the one before.
  if (doubt_.has_value() && doubt_->epoch == epoch &&
      epochs_->EpochAt(batch.base_offset()) != epoch) {
    doubt_.reset();
    must_rebuild_ = true;
  }
  SettleDoubt();
  if (expected.has_value() && *expected != epoch && !must_rebuild_) {
    doubt_ = Doubt{epoch, *expected, batch.base_offset(), batch.last_offset()};
    return floor_;
  }
  has_changed_ |= epochs_->Assign(epoch, batch.base_offset());
  floor_ = std::max(floor_, epoch);
  return floor_;
}

void EpochRecovery::SettleDoubt() {
  if (!doubt_.has_value()) return;
  findings_.push_back(absl::StrCat(
      "the batch of the offsets ", doubt_->first_offset.value(), " to ",
      doubt_->last_offset.value(), " says leader epoch ", doubt_->epoch.value(), " where ",
      kLeaderEpochCheckpointName, " has ", doubt_->expected.value(),
      ", so one of the two is damaged; its records are sound, and the file's epoch holds"));
  doubt_.reset();
}

std::vector<std::string> EpochRecovery::TakeFindings() {
  SettleDoubt();
  return std::exchange(findings_, {});
}

}  // namespace tidemark
