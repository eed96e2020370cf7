#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "tests/histories/steps.h"

namespace tidemark {
namespace {

absl::Status Finding(absl::string_view what, absl::string_view detail) {
  return absl::InternalError(absl::StrCat(what, ": ", detail));
}

absl::Status DoSync(World* world, const Operation& operation) {
  Partition& one = world->partition(operation["partition"]);
  if (one.is_unsettled) return absl::OkStatus();
  const int64_t offset = std::max<int64_t>(0, one.model.end() - operation["behind"]);
  absl::Status status;
  if (operation["later"] != 0) {
    const auto told = std::make_shared<absl::optional<absl::Status>>();
    one.log->AwaitDurable(Offset(offset), [told](absl::Status said) { *told = std::move(said); });
    world->executor().RunUntilIdle();
    if (!told->has_value()) {
      return world->died() ? absl::OkStatus() : Finding("sync not told", absl::StrCat(offset));
    }
    status = **told;
  } else {
    status = one.log->Sync(Offset(offset));
  }
  if (world->died()) return absl::OkStatus();
  if (!status.ok()) {
    if (absl::IsDataLoss(status)) one.is_fenced = true;
    return world->Excuse("sync", status);
  }
  one.model.NoteDurable(offset);
  return world->CheckOffsets(&one);
}

absl::Status DoTruncate(World* world, const Operation& operation) {
  Partition& one = world->partition(operation["partition"]);
  if (one.is_unsettled) return absl::OkStatus();
  const int64_t offset = std::max(one.model.start(), one.model.end() - operation["back"]);
  const absl::Status status = one.log->TruncateTo(Offset(offset));
  if (!status.ok() || world->died()) {
    TM_RETURN_IF_ERROR(world->Excuse("truncation", status));
    one.model.MaybeTruncated(offset);
    one.is_unsettled = true;
    return absl::OkStatus();
  }
  TM_RETURN_IF_ERROR(one.model.Truncate(offset, one.log->offsets().log_end.value()));
  World::NoteEpoch(&one);
  if (one.high_watermark.has_value()) {
    one.high_watermark = std::min(*one.high_watermark, one.model.end());
  }
  return world->CheckAll(&one);
}

absl::Status DoStartAt(World* world, const Operation& operation) {
  Partition& one = world->partition(operation["partition"]);
  if (one.is_unsettled) return absl::OkStatus();
  const int64_t offset = std::max<int64_t>(0, one.model.end() + operation["ahead"]);
  const absl::Status status = one.log->TruncateFullyAndStartAt(Offset(offset));
  if (!status.ok() || world->died()) {
    TM_RETURN_IF_ERROR(world->Excuse("start anew", status));
    one.model.MaybeStartedAt(offset);
    one.is_unsettled = true;
    return absl::OkStatus();
  }
  one.model.StartAt(offset);
  World::NoteEpoch(&one);
  if (one.high_watermark.has_value()) {
    one.high_watermark = std::min(*one.high_watermark, one.model.end());
  }
  return world->CheckAll(&one);
}

absl::Status DoEpoch(World* world, const Operation& operation) {
  Partition& one = world->partition(operation["partition"]);
  if (one.is_unsettled) return absl::OkStatus();
  const int32_t epoch = one.leader_epoch + static_cast<int32_t>(operation["up"]);
  const absl::Status status = one.log->AssignLeaderEpoch(LeaderEpoch(epoch));
  if (!status.ok() || world->died()) return world->Excuse("epoch", status);
  one.leader_epoch = epoch;
  const absl::optional<EpochEndOffset> end = one.log->EndOffsetForEpoch(LeaderEpoch(epoch));
  if (!end.has_value() || end->leader_epoch.value() != epoch ||
      end->end_offset.value() != one.model.end()) {
    return Finding("other end of an epoch", absl::StrCat("the latest, ", epoch));
  }
  return world->CheckOffsets(&one);
}

absl::Status DoHighWatermark(World* world, const Operation& operation) {
  Partition& one = world->partition(operation["partition"]);
  if (one.is_unsettled) return absl::OkStatus();
  const int64_t offset = std::max<int64_t>(0, one.model.end() - operation["back"]);
  one.log->SetHighWatermark(Offset(offset));
  one.high_watermark = offset;
  return world->CheckOffsets(&one);
}

absl::Status DoDelete(World* world, const Operation& operation) {
  Partition& one = world->partition(operation["partition"]);
  if (one.is_unsettled) return absl::OkStatus();
  const int64_t high_watermark = one.log->offsets().high_watermark.value();
  const int64_t offset =
      one.model.start() + (high_watermark - one.model.start()) * operation["permille"] / 1000;
  const absl::Status status = one.log->DeleteRecordsBefore(Offset(offset));
  if (!status.ok() || world->died()) {
    TM_RETURN_IF_ERROR(world->Excuse("delete records", status));
    one.model.MaybeMovedStart(offset);
    if (world->died()) return absl::OkStatus();
    const int64_t start = one.log->offsets().log_start.value();
    if (start != one.model.start() && start != offset) {
      return Finding("other log start", absl::StrCat(start, " after a failed deletion"));
    }
    one.model.MoveStart(start, LogModel::Kept::kNothing);
    return world->CheckOffsets(&one);
  }
  one.model.MoveStart(offset, LogModel::Kept::kPower);
  return world->CheckAll(&one);
}

absl::Status DoRetention(World* world) {
  world->BeforeUpkeep();
  const auto outcomes = world->engine().RunRetention(World::kTopic);
  if (!outcomes.ok()) TM_RETURN_IF_ERROR(world->Excuse("retention", outcomes.status()));
  if (outcomes.ok()) {
    for (const RetentionOutcome& outcome : *outcomes) {
      if (world->partition(outcome.topic_partition.partition.value()).is_unsettled) continue;
      TM_RETURN_IF_ERROR(world->Excuse("retention", outcome.status));
    }
  }
  return world->AfterUpkeep();
}

absl::Status DoCompact(World* world) {
  world->BeforeUpkeep();
  const auto outcomes = world->engine().RunCompaction(World::kTopic);
  TM_RETURN_IF_ERROR(world->AfterUpkeep());
  if (!outcomes.ok()) return world->Excuse("compaction", outcomes.status());
  for (const CompactionOutcome& outcome : *outcomes) {
    Partition& one = world->partition(outcome.topic_partition.partition.value());
    if (one.is_unsettled) continue;
    TM_RETURN_IF_ERROR(world->Excuse("compaction", outcome.status));
    if (!outcome.status.ok() || world->died()) continue;
    one.model.IsCompacted(outcome.cleaned_until.value());
    TM_RETURN_IF_ERROR(world->CheckAll(&one));
    one.model.ForgetCompacted();
  }
  return absl::OkStatus();
}

// What runs in the background may be upkeep.
absl::Status DoTasks(World* world, const Operation& operation) {
  world->BeforeUpkeep();
  if (operation.kind == OperationKind::kAdvance) {
    world->executor().AdvanceBy(absl::Milliseconds(operation["ms"]));
  } else {
    for (int64_t i = 0; i < operation["count"] && world->executor().RunOne(); ++i) continue;
  }
  TM_RETURN_IF_ERROR(world->AfterUpkeep());
  for (int64_t i = 0; i < world->partition_count(); ++i) {
    TM_RETURN_IF_ERROR(world->CheckAll(&world->partition(i)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status DoOther(World* world, const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::kSync:
      return DoSync(world, operation);
    case OperationKind::kTruncate:
      return DoTruncate(world, operation);
    case OperationKind::kStartAt:
      return DoStartAt(world, operation);
    case OperationKind::kEpoch:
      return DoEpoch(world, operation);
    case OperationKind::kHighWatermark:
      return DoHighWatermark(world, operation);
    case OperationKind::kDelete:
      return DoDelete(world, operation);
    case OperationKind::kRetention:
      return DoRetention(world);
    case OperationKind::kCompact:
      return DoCompact(world);
    case OperationKind::kConfig:
      return world->SetConfig(operation.setting, operation.value);
    case OperationKind::kCheckpoint:
      return world->Excuse("checkpoint", world->engine().Checkpoint());
    case OperationKind::kReopen:
      return world->Reopen(operation["keep_faults"] != 0);
    case OperationKind::kCrash:
      return world->Crash(0, 0, operation["keep_faults"] != 0);
    case OperationKind::kPowerLoss:
      return world->Crash(1 + operation["mode"], operation["seed"], operation["keep_faults"] != 0);
    case OperationKind::kCrashAfter:
      world->CrashAfter(operation);
      return absl::OkStatus();
    case OperationKind::kFault:
      world->SetFault(operation);
      return absl::OkStatus();
    case OperationKind::kDiskFull:
      world->SetDiskFull(operation["room"]);
      return absl::OkStatus();
    case OperationKind::kDiskSpace:
      world->EndFaults();
      return absl::OkStatus();
    case OperationKind::kWriteBack: {
      SeededRandom choices(static_cast<uint64_t>(operation["seed"]));
      world->file_system().WriteBack(&choices);
      return absl::OkStatus();
    }
    default:
      return DoTasks(world, operation);
  }
}

}  // namespace tidemark
