#include "tests/histories/world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

using FileKind = FileOperation::Kind;

absl::Status Finding(absl::string_view what, absl::string_view detail) {
  return absl::InternalError(absl::StrCat(what, ": ", detail));
}

// What the argument `what` of a fault stands for.
bool Matches(int64_t what, FileKind kind) {
  switch (what) {
    case 0:
      return kind >= FileKind::kCreate;  // Any change.
    case 1:
      return kind == FileKind::kWrite;
    case 2:
      return kind == FileKind::kSync;
    case 3:
      return kind == FileKind::kSyncDirectory;
    case 4:
      return kind == FileKind::kCreate || kind == FileKind::kAllocate;
    case 5:
      return kind == FileKind::kRename;
    case 6:
      return kind == FileKind::kRemove || kind == FileKind::kTruncate;
    case 7:
      return kind == FileKind::kRead || kind == FileKind::kOpen || kind == FileKind::kMap;
    case 8:
      return kind == FileKind::kPopulate || kind == FileKind::kAllocate;
    default:
      return true;
  }
}

}  // namespace

World::World(const History& history, Tamper tamper)
    : task_order_(static_cast<uint64_t>(history.task_order)),
      harness_(history.task_order == 0 ? nullptr : &task_order_),
      tamper_(std::move(tamper)),
      partitions_(static_cast<size_t>(history.partitions)) {
  harness_.file_system.SetFaultHook(
      [this](const FileOperation& operation) { return OnOperation(operation); });
}

World::~World() {
  EndFaults();
  file_system().CrashAfterChanges(0);
}

ModelBatch World::MaybeTamper(ModelBatch batch) const {
  if (tamper_) tamper_(&batch);
  return batch;
}

FileFault World::OnOperation(const FileOperation& operation) {
  if (!fault_is_set_ || quiet_ > 0 || !Matches(fault_["what"], operation.kind)) return {};
  ++matching_;
  if (matching_ <= fault_["after"]) return {};
  if (matching_ > fault_["after"] + fault_["times"]) {
    fault_is_set_ = false;
    return {};
  }
  ++fired_;
  FileFault fault(fault_["error"] == 0 ? absl::UnavailableError("injected")
                                       : absl::ResourceExhaustedError("injected"));
  if (operation.kind == FileKind::kWrite) {
    fault.written_bytes = std::min(fault_["written"], operation.length_bytes);
  }
  if (operation.kind == FileKind::kSync) {
    fault.revert = fault_["revert"] != 0;
    for (Partition& one : partitions_) one.model.SyncFailed();
  }
  return fault;
}

void World::SetFault(const Operation& operation) {
  fault_ = operation;
  fault_is_set_ = true;
  matching_ = 0;
}

void World::SetDiskFull(int64_t room) {
  is_full_ = true;
  file_system().SetCapacityBytes(file_system().used_bytes() + room);
}

void World::EndFaults() {
  fault_is_set_ = false;
  is_full_ = false;
  file_system().SetCapacityBytes(std::numeric_limits<int64_t>::max());
}

absl::Status World::Excuse(absl::string_view what, const absl::Status& status) {
  if (status.ok() || died() || has_trouble()) return absl::OkStatus();
  for (const Partition& one : partitions_) {
    if ((one.is_unsettled || one.is_fenced) && absl::IsFailedPrecondition(status)) {
      return absl::OkStatus();
    }
  }
  return Finding(absl::StrCat("unexplained error of ", what), status.ToString());
}

absl::Status World::Begin() {
  TM_RETURN_IF_ERROR(harness_.Open());
  config_ = {{"segment.bytes", "2000"}};
  TM_RETURN_IF_ERROR(
      engine().CreateTopic(kTopic, static_cast<int32_t>(partition_count()), config_).status());
  for (size_t i = 0; i < partitions_.size(); ++i) {
    TM_ASSIGN_OR_RETURN(
        partitions_[i].log,
        engine().GetLog({std::string(kTopic), PartitionId(static_cast<int32_t>(i))}));
  }
  return absl::OkStatus();
}

std::string World::SettingOf(absl::string_view name) {
  const auto set = config_.find(std::string(name));
  if (set != config_.end()) return set->second;
  if (name == "cleanup.policy") return "delete";
  if (name == "retention.ms") return "604800000";
  if (name == "retention.bytes") return "-1";
  if (name == "delete.retention.ms") return "86400000";
  if (name == "max.message.bytes") return "1048588";
  return "";
}

int64_t World::NumberOf(absl::string_view name) {
  int64_t number = 0;
  TM_CHECK(absl::SimpleAtoi(SettingOf(name), &number));
  return number;
}

absl::Status World::SetConfig(const std::string& setting, const std::string& value) {
  ConfigMap wanted = config_;
  wanted[setting] = value;
  const absl::Status status = engine().AlterTopicConfig(kTopic, {{setting, value}}, {});
  if (absl::IsInvalidArgument(status)) return absl::OkStatus();
  if (status.ok() && !died()) {
    config_ = wanted;
    maybe_configs_.clear();
    return absl::OkStatus();
  }
  TM_RETURN_IF_ERROR(Excuse("config", status));
  maybe_configs_.push_back(wanted);
  if (died()) return absl::OkStatus();
  TM_ASSIGN_OR_RETURN(const TopicDescription topic, engine().DescribeTopic(kTopic));
  if (topic.config != wanted && topic.config != config_) {
    return Finding("other settings", "after a failed change");
  }
  maybe_configs_.push_back(config_);
  config_ = topic.config;
  return absl::OkStatus();
}

absl::Status World::OpenOnce() {
  fired_ = 0;
  absl::Status status = harness_.Open();
  for (size_t i = 0; status.ok() && i < partitions_.size(); ++i) {
    const absl::StatusOr<std::shared_ptr<ReplicaLog>> log =
        engine().GetLog({std::string(kTopic), PartitionId(static_cast<int32_t>(i))});
    if (log.ok()) partitions_[i].log = *log;
    status = log.status();
  }
  if (status.ok() && died()) status = absl::UnavailableError("died in the opening");
  return status;
}

absl::Status World::OpenAndCompare(Ending ending, bool keep_faults) {
  if (!keep_faults) EndFaults();
  for (Partition& one : partitions_) {
    one.log = nullptr;
    one.high_watermark.reset();
    one.is_unsettled = false;
    one.is_fenced = false;
  }
  absl::Status status = OpenOnce();
  for (int attempt = 0; !status.ok() && attempt < 2; ++attempt) {
    TM_RETURN_IF_ERROR(Excuse("opening", status));
    const bool by_power = died() && crash_mode_ > 0;
    EndFaults();
    for (Partition& one : partitions_) one.log = nullptr;
    if (by_power) {
      harness_.LosePower(static_cast<PowerLossMode>(crash_mode_ - 1),
                         static_cast<uint64_t>(crash_seed_));
      ending = Ending::kPower;
    } else {
      file_system().CrashAfterChanges(0);
      harness_.Crash();
    }
    if (ending == Ending::kClosed) ending = Ending::kProcess;
    status = OpenOnce();
  }
  if (!status.ok()) return Finding("does not open", status.ToString());
  return Compare(ending);
}

absl::Status World::Compare(Ending ending) {
  Quiet quiet(this);
  TM_ASSIGN_OR_RETURN(const TopicDescription topic, engine().DescribeTopic(kTopic));
  if (topic.config != config_) {
    if (std::count(maybe_configs_.begin(), maybe_configs_.end(), topic.config) == 0) {
      return Finding("other settings", "after opening");
    }
    config_ = topic.config;
  }
  maybe_configs_.clear();
  for (Partition& one : partitions_) {
    TM_RETURN_IF_ERROR(one.model.Reconcile(
        ending, one.log->offsets(), [&](int64_t from) { return ReadAll(*one.log, from, false); }));
    NoteEpoch(&one);
    TM_RETURN_IF_ERROR(CheckOffsets(&one));
  }
  return absl::OkStatus();
}

void World::NoteEpoch(Partition* one) {
  one->leader_epoch = 0;
  for (const ModelBatch& batch : one->model.batches()) {
    if (batch.last >= one->model.start()) {
      one->leader_epoch = std::max(one->leader_epoch, batch.epoch);
    }
  }
  const absl::optional<LeaderEpoch> latest = one->log->latest_leader_epoch();
  if (latest.has_value()) one->leader_epoch = std::max(one->leader_epoch, latest->value());
}

absl::Status World::Reopen(bool keep_faults) {
  file_system().CrashAfterChanges(0);
  const absl::Status closed = engine().Close();
  TM_RETURN_IF_ERROR(Excuse("close", closed));
  if (closed.ok()) {
    for (Partition& one : partitions_) {
      if (one.is_unsettled) continue;
      one.model.NoteDurable(one.model.end());
      one.model.MoveStart(one.model.start(), LogModel::Kept::kPower);
    }
    return OpenAndCompare(Ending::kClosed, keep_faults);
  }
  // Whoever cannot close ends all the same.
  {
    Quiet quiet(this);
    harness_.engine.reset();
  }
  return OpenAndCompare(Ending::kProcess, keep_faults);
}

absl::Status World::Crash(int64_t mode, int64_t seed, bool keep_faults) {
  // No CRC covers a batch's base offset. Where offsets may be missing, garbage there is one more
  // gap, and nobody can tell.
  if (mode == 4 && absl::StrContains(SettingOf("cleanup.policy"), "compact")) mode = 3;
  if (!died()) file_system().CrashAfterChanges(0);
  {
    Quiet quiet(this);
    if (mode == 0) {
      harness_.Crash();
    } else {
      harness_.LosePower(static_cast<PowerLossMode>(mode - 1), static_cast<uint64_t>(seed));
    }
  }
  return OpenAndCompare(mode == 0 ? Ending::kProcess : Ending::kPower, keep_faults);
}

void World::CrashAfter(const Operation& operation) {
  crash_mode_ = operation["mode"];
  crash_seed_ = operation["seed"];
  file_system().CrashAfterChanges(operation["changes"]);
}

absl::Status World::CrashIfDied() {
  if (!died()) return absl::OkStatus();
  return Crash(crash_mode_, crash_seed_, false);
}

absl::StatusOr<std::string> World::ReadAll(const ReplicaLog& log, int64_t from, bool committed) {
  auto& readable = const_cast<ReplicaLog&>(log);
  ReadOptions options;
  if (committed) options.isolation = IsolationLevel::kReadCommitted;
  std::string all;
  std::string bytes;
  for (Offset next(from); next < log.offsets().log_end;) {
    TM_ASSIGN_OR_RETURN(const ReadInfo info, readable.Read(next, options, &bytes));
    if (bytes.empty()) break;
    if (info.next_offset <= next) return Finding("read goes back", absl::StrCat(next.value()));
    next = info.next_offset;
    all += bytes;
  }
  return all;
}

absl::Status World::CheckAll(Partition* one) {
  if (one->is_unsettled || died()) return absl::OkStatus();
  Quiet quiet(this);
  TM_RETURN_IF_ERROR(CheckOffsets(one));
  const LogModel& model = one->model;
  // What a failed sync may have reverted need not be readable.
  const int64_t until = model.sync_failed() ? model.durable_end() : model.end();
  int64_t next = model.start();
  std::string bytes;
  ReadOptions options;
  options.end_offset = Offset(until);
  while (next < until) {
    TM_ASSIGN_OR_RETURN(const ReadInfo info, one->log->Read(Offset(next), options, &bytes));
    if (bytes.empty()) break;
    const int64_t before = next;
    TM_RETURN_IF_ERROR(model.Check(before, bytes, &next));
    if (info.next_offset.value() != next || next <= before) {
      return Finding("other next offset", absl::StrCat(info.next_offset.value(), ", not ", next));
    }
  }
  return model.CheckGone(next, until);
}

absl::Status World::CheckOffsets(Partition* one) {
  if (one->is_unsettled || died()) return absl::OkStatus();
  const LogOffsets offsets = one->log->offsets();
  LogModel& model = one->model;
  const auto tell = [&](absl::string_view what, Offset found, int64_t wanted) {
    return Finding(absl::StrCat("other ", what), absl::StrCat(found.value(), ", not ", wanted));
  };
  if (offsets.log_start.value() != model.start()) {
    return tell("log start", offsets.log_start, model.start());
  }
  if (offsets.log_end.value() != model.end()) return tell("log end", offsets.log_end, model.end());
  const int64_t high_watermark =
      std::clamp(one->high_watermark.value_or(model.end()), model.start(), model.end());
  if (offsets.high_watermark.value() != high_watermark) {
    return tell("high watermark", offsets.high_watermark, high_watermark);
  }
  const std::vector<int64_t> stables = model.LastStables(high_watermark);
  if (std::count(stables.begin(), stables.end(), offsets.last_stable.value()) == 0) {
    return tell("last stable offset", offsets.last_stable, stables[0]);
  }
  if (offsets.flushed < offsets.log_start || offsets.flushed > offsets.log_end) {
    return tell("flushed offset", offsets.flushed, model.end());
  }
  model.NoteDurable(offsets.flushed.value());
  return absl::OkStatus();
}

void World::BeforeUpkeep() { upkeep_from_ms_ = now_ms(); }

absl::Status World::AfterUpkeep() {
  const bool compacts = absl::StrContains(SettingOf("cleanup.policy"), "compact");
  for (Partition& one : partitions_) {
    const int64_t high_watermark = std::clamp(one.high_watermark.value_or(one.model.end()),
                                              one.model.start(), one.model.end());
    if (compacts) {
      const std::vector<int64_t> stables = one.model.LastStables(high_watermark);
      one.model.MayBeCompacted(*std::max_element(stables.begin(), stables.end()), upkeep_from_ms_,
                               now_ms(), NumberOf("delete.retention.ms"));
    }
    if (one.is_unsettled) continue;
    if (died()) {
      one.model.MaybeMovedStart(high_watermark);
      continue;
    }
    TM_RETURN_IF_ERROR(CheckStartMoved(&one, one.log->offsets().log_start.value()));
    TM_RETURN_IF_ERROR(CheckOffsets(&one));
  }
  return absl::OkStatus();
}

absl::Status World::CheckStartMoved(Partition* one, int64_t found) {
  LogModel& model = one->model;
  if (has_trouble()) {
    model.MaybeMovedStart(std::min(one->high_watermark.value_or(model.end()), model.end()));
  }
  if (found == model.start()) return absl::OkStatus();
  int64_t bytes_max = -1;
  int64_t age_max = -1;
  if (absl::StrContains(SettingOf("cleanup.policy"), "delete")) {
    bytes_max = NumberOf("retention.bytes");
    age_max = NumberOf("retention.ms");
  }
  bool all_old = age_max >= 0;
  for (const ModelBatch& batch : model.batches()) {
    if (batch.last < model.start() || batch.base >= found) continue;
    for (const ModelRecord& record : batch.records) {
      if (record.timestamp >= now_ms() - age_max) all_old = false;
    }
  }
  const bool by_size = bytes_max >= 0 && one->log->stats().size_bytes >= bytes_max;
  if (found < model.start() || found > model.end() || (!all_old && !by_size)) {
    return Finding("log start moved", absl::StrCat("from ", model.start(), " to ", found));
  }
  model.MoveStart(found, has_trouble() ? LogModel::Kept::kNothing : LogModel::Kept::kProcess);
  return absl::OkStatus();
}

}  // namespace tidemark
