#include "tests/crash/enumerator/state_check.h"

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/record.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

// Every file below `directory` with its bytes.
void ListFiles(MemoryFileSystem* disk, const std::string& directory,
               std::map<std::string, std::string>* files) {
  const absl::StatusOr<std::vector<DirectoryEntry>> entries =
      disk->List(directory.empty() ? "/" : directory);
  TM_CHECK(entries.ok());
  for (const DirectoryEntry& entry : *entries) {
    const std::string path = absl::StrCat(directory, "/", entry.name);
    if (entry.type == FileType::kDirectory) {
      ListFiles(disk, path, files);
      continue;
    }
    const std::unique_ptr<File> file = *disk->Open(path, OpenMode::kRead);
    std::string& bytes = (*files)[path];
    bytes.resize(static_cast<size_t>(*file->Size()));
    TM_CHECK(file->Read(0, absl::MakeSpan(bytes)).ok());
  }
}

// The names of what differs.
std::string Differences(const MemorySnapshot& before, const MemorySnapshot& after) {
  std::map<std::string, std::string> old_files, new_files;
  MemoryFileSystem old_disk(before), new_disk(after);
  ListFiles(&old_disk, "", &old_files);
  ListFiles(&new_disk, "", &new_files);
  std::string names;
  for (const auto& [path, bytes] : old_files) {
    const auto found = new_files.find(path);
    if (found == new_files.end()) {
      absl::StrAppend(&names, " -", path);
    } else if (found->second != bytes) {
      absl::StrAppend(&names, " ", path);
    }
  }
  for (const auto& [path, bytes] : new_files) {
    if (old_files.count(path) == 0) absl::StrAppend(&names, " +", path);
  }
  return names;
}

// Bounds what is kept of them.
constexpr size_t kKnownMax = 10'000;

// What an opening depends on.
uint64_t KeyOf(const MemorySnapshot& files, const Notes& notes) {
  uint64_t key = files.FilesDigest();
  for (const int64_t note : {notes.recovery_point.value(), notes.log_start.value(),
                             int64_t{notes.was_clean}, absl::ToInt64Nanoseconds(notes.elapsed)}) {
    key = key * 1099511628211u + static_cast<uint64_t>(note);
  }
  return key;
}

std::string AfterBatch() {
  RecordBatchBuilder builder;
  Record record;
  record.key = "after";
  record.value = "one more";
  record.timestamp = Timestamp(1'700'000'000'000);
  TM_CHECK(builder.Add(record).ok());
  const absl::StatusOr<absl::Span<char>> batch = builder.Finish();
  TM_CHECK(batch.ok());
  return std::string(batch->data(), batch->size());
}

}  // namespace

StateCheck::Life StateCheck::Begin(const Notes& notes) {
  Life life;
  if (wrap_ != nullptr) life.wrapped = wrap_(&disk_);
  life.machine = make_(life.wrapped == nullptr ? &disk_ : life.wrapped.get(), notes);
  return life;
}

StateCheck::Left StateCheck::Die(Life* life) {
  Left left{disk_.Snapshot(), life->machine->notes(), false};
  LetGoDead(&disk_, life->machine.get());
  return left;
}

std::vector<std::string> StateCheck::Run(const State& state, bool closely) {
  violations_.clear();
  const uint64_t key = KeyOf(state.files, state.notes);
  const auto known = known_.find(key);
  // Of a Tidemark there is nothing to look at more closely.
  if (known != known_.end() && (!closely || known->second->transactions.has_value())) {
    CheckObservation(*state.expectation, *known->second, state.kind, &violations_);
    return std::move(violations_);
  }
  ++opened_;
  const Left left = OpenFirst(state, closely);
  if (violations_.empty()) OpenAgain(left);
  if (violations_.empty()) {
    if (known_.size() >= kKnownMax) known_.clear();
    known_.emplace(key, found_);
  }
  if (violations_.empty() && closely && !found_->transactions.has_value()) {
    OpenWithoutSideFiles(state);
  }
  return std::move(violations_);
}

StateCheck::Left StateCheck::OpenFirst(const State& state, bool closely) {
  disk_.Restore(state.files);
  Life life = Begin(state.notes);
  const absl::Status opened = life.machine->Open();
  if (!opened.ok()) {
    violations_.push_back(absl::StrCat("does not open: ", opened.ToString()));
    return Die(&life);
  }
  const bool was_recovered = !life.machine->WasClean();
  found_ = std::make_shared<const Observation>(life.machine->Observe());
  CheckObservation(*state.expectation, *found_, state.kind, &violations_);
  for (const std::string& repair : life.machine->Repairs()) {
    // The recovery point claimed more than the log has.
    if (absl::StrContains(repair, "was on stable storage")) violations_.push_back(repair);
  }
  for (const auto& [name, log] : found_->logs) {
    if (!closely || !log.error.ok()) continue;
    CheckIndexes(name, log, life.machine->GetLog(name)->get(), &violations_);
  }
  Left left = Die(&life);
  left.was_recovered = was_recovered;
  return left;
}

void StateCheck::OpenAgain(const Left& left) {
  const uint64_t key = KeyOf(left.files, left.notes) * 2 + (left.was_recovered ? 1 : 0);
  if (const auto known = known_again_.find(key); known != known_again_.end()) {
    return CompareObservations(*found_, *known->second, "opened again", &violations_);
  }
  disk_.Restore(left.files);
  Life life = Begin(left.notes);
  const absl::Status opened = life.machine->Open();
  if (!opened.ok()) {
    violations_.push_back(absl::StrCat("does not open again: ", opened.ToString()));
    Die(&life);
    return;
  }
  CompareObservations(*found_, life.machine->Observe(), "opened again", &violations_);
  // After a stop, the second opening is the first recovery. Where transactions are open, an opening
  // appends the markers that end them.
  const bool may_change = !left.was_recovered || life.machine->has_transactions();
  if (!may_change) CheckNothingRepaired(left, *life.machine);
  AppendOne(life.machine.get());
  Die(&life);
  if (!violations_.empty()) return;
  if (known_again_.size() >= kKnownMax) known_again_.clear();
  known_again_.emplace(key, found_);
}

void StateCheck::CheckNothingRepaired(const Left& left, const Machine& machine) {
  for (const std::string& repair : machine.Repairs()) {
    violations_.push_back(absl::StrCat("repaired by the second opening: ", repair));
  }
  const MemorySnapshot after = disk_.Snapshot();
  if (after.FilesDigest() != left.files.FilesDigest()) {
    violations_.push_back(
        absl::StrCat("the second opening changed files:", Differences(left.files, after)));
  }
}

// A transaction more is there as a whole, like those before it.
void StateCheck::TransactOnce(Machine* machine) {
  constexpr int64_t kNumber = 1'000'000;
  absl::Status status = machine->WriteTransaction(kNumber);
  if (status.ok()) status = machine->EndTransaction(/*is_commit=*/true);
  ObservedTransactions expected = *found_->transactions;
  for (std::vector<int64_t>& numbers : expected.by_partition) numbers.push_back(kNumber);
  expected.group_offset = kNumber;
  const Observation found = machine->Observe();
  if (status.ok() && found.transactions == expected) return;
  violations_.push_back(absl::StrCat("one more transaction: ", status.ToString()));
}

void StateCheck::AppendOne(Machine* machine) {
  if (machine->has_transactions()) return TransactOnce(machine);
  if (found_->logs.empty()) return;
  auto chosen = found_->logs.begin();
  std::advance(chosen, static_cast<int64_t>(turn_++ % found_->logs.size()));
  const std::shared_ptr<ReplicaLog> log = *machine->GetLog(chosen->first);
  std::string batch = AfterBatch();
  AppendOptions options;
  options.leader_epoch = log->latest_leader_epoch().value_or(LeaderEpoch(0));
  const absl::StatusOr<AppendResult> appended = log->Append(absl::MakeSpan(batch), options);
  if (!appended.ok() || appended->base_offset != chosen->second.offsets.log_end) {
    violations_.push_back(absl::StrCat("one more append: ", appended.status().ToString()));
    return;
  }
  std::string bytes;
  const absl::StatusOr<ReadInfo> read = log->Read(appended->base_offset, ReadOptions(), &bytes);
  if (!read.ok() || bytes != batch) {
    violations_.push_back(absl::StrCat("one more append is not read: ", read.status().ToString()));
  }
}

void StateCheck::OpenWithoutSideFiles(const State& state) {
  disk_.Restore(state.files);
  Notes notes = state.notes;
  notes.was_clean = false;
  notes.recovery_point = Offset(0);
  Life life = Begin(notes);
  for (const std::string& path : life.machine->SideFiles(&disk_)) {
    TM_CHECK(disk_.Remove(path).ok());
  }
  const absl::Status opened = life.machine->Open();
  if (opened.ok()) {
    Observation found = life.machine->Observe();
    CheckObservation(*state.expectation, found, state.kind, &violations_);
    // An epoch in which nothing was appended is known from nowhere else.
    Observation before = *found_;
    for (Observation* one : {&before, &found}) {
      for (auto& [name, log] : one->logs) {
        log.latest_epoch.reset();
        log.epoch_ends.clear();
      }
    }
    CompareObservations(before, found, "without side files", &violations_);
  } else {
    violations_.push_back(absl::StrCat("does not open without side files: ", opened.ToString()));
  }
  Die(&life);
}

}  // namespace tidemark
