#include "storage/journal/journal.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/journal/journal_replay.h"

namespace tidemark {
namespace {

// What is larger gains little from sharing a flush, and would be written twice.
constexpr int64_t kTailBytesMax = int64_t{128} << 10;
constexpr int64_t kGroupBytesMax = int64_t{1} << 20;
// Then a task of the executor lets others have their turn.
constexpr int kGroupsPerTask = 16;

}  // namespace

Journal::Journal(FileSystem* file_system, Executor* executor, std::string root, int64_t size_bytes)
    : file_system_(file_system),
      executor_(executor),
      root_(std::move(root)),
      size_bytes_(size_bytes) {}

void Journal::RunSoon(void (Journal::*task)()) {
  tasks_.push_back([weak = weak_from_this(), task] {
    if (const std::shared_ptr<Journal> self = weak.lock()) (self.get()->*task)();
  });
}

void Journal::HandOverTasks() {
  std::vector<Executor::Task> tasks;
  {
    MutexLock lock(&mutex_);
    tasks.swap(tasks_);
  }
  for (Executor::Task& task : tasks) executor_->Run(std::move(task));
}

// Making the file.

bool Journal::IsUsable() {
  if (is_wanted() && state_ == State::kAbsent) {
    state_ = State::kToBeMade;
    RunSoon(&Journal::MakeFile);
  }
  return state_ == State::kReady;
}

void Journal::MakeFile() {
  {
    MutexLock lock(&mutex_);
    if (state_ != State::kToBeMade) return;
    state_ = State::kBeingMade;
  }
  absl::StatusOr<std::unique_ptr<JournalFile>> made =
      JournalFile::Make(file_system_, root_, size_bytes_.load());
  MutexLock lock(&mutex_);
  state_ = made.ok() ? State::kReady : State::kFailed;
  failure_ = made.status();
  if (made.ok()) file_ = *std::move(made);
  changed_.NotifyAll();
}

// Asking.

absl::optional<absl::StatusOr<Offset>> Journal::Commit(
    const std::shared_ptr<JournalClient>& client) {
  absl::optional<absl::StatusOr<Offset>> outcome;
  {
    MutexLock lock(&mutex_);
    if (IsUsable()) outcome = Ask({.client = client});
  }
  HandOverTasks();
  return outcome;
}

bool Journal::CommitLater(std::shared_ptr<JournalClient> client) {
  bool is_usable = false;
  {
    MutexLock lock(&mutex_);
    is_usable = IsUsable();
    if (is_usable) requests_.push_back({.client = std::move(client)});
    LeadSoonIfNobodyWaits();
  }
  HandOverTasks();
  return is_usable;
}

absl::Status Journal::Forget(const std::shared_ptr<JournalClient>& client) {
  {
    MutexLock lock(&mutex_);
    const auto mentions = [key = client->key()](const Half& half) {
      return half.mentioned.contains(key);
    };
    if (std::none_of(halves_.begin(), halves_.end(), mentions)) return absl::OkStatus();
  }
  TM_RETURN_IF_ERROR(client->Flush());
  bool is_forgotten = false;
  {
    MutexLock lock(&mutex_);
    is_forgotten = IsUsable() && Ask({.client = client, .is_forget = true}).has_value();
    if (is_forgotten) {
      for (Half& half : halves_) {
        half.live.erase(client.get());
        half.mentioned.erase(client->key());
      }
    }
  }
  HandOverTasks();
  return is_forgotten ? absl::OkStatus() : Retire();
}

void Journal::Leave(const JournalClient* client) {
  MutexLock lock(&mutex_);
  for (Half& half : halves_) half.live.erase(client);
}

absl::optional<absl::StatusOr<Offset>> Journal::Ask(Request request) {
  Answer answer;
  request.answer = &answer;
  requests_.push_back(std::move(request));
  ++waiting_count_;
  while (!answer.is_given) {
    if (is_leading_) {
      changed_.Wait(&mutex_);
      continue;
    }
    // Others' callbacks: who waits here may hold locks that they want.
    Callbacks callbacks = Lead();
    if (callbacks.empty()) continue;
    tasks_.push_back([callbacks = std::move(callbacks)] {
      for (const auto& callback : callbacks) callback();
    });
  }
  --waiting_count_;
  LeadSoonIfNobodyWaits();
  return std::move(answer.outcome);
}

// Leading.

void Journal::LeadSoonIfNobodyWaits() {
  if (requests_.empty() || waiting_count_ > 0 || is_leading_ || is_scheduled_) return;
  is_scheduled_ = true;
  RunSoon(&Journal::LeadInBackground);
}

void Journal::LeadInBackground() {
  {
    MutexLock lock(&mutex_);
    is_scheduled_ = false;
    for (int groups = 0; groups < kGroupsPerTask && !is_leading_ && !requests_.empty(); ++groups) {
      const Callbacks callbacks = Lead();
      mutex_.Unlock();
      for (const auto& callback : callbacks) callback();
      HandOverTasks();
      mutex_.Lock();
    }
    LeadSoonIfNobodyWaits();
  }
  HandOverTasks();
}

Journal::Callbacks Journal::Lead() {
  std::vector<Request> requests;
  requests.swap(requests_);
  const bool is_usable = state_ == State::kReady;
  is_leading_ = true;
  mutex_.Unlock();
  Callbacks callbacks;
  if (is_usable) {
    callbacks = Serve(requests);
  } else {
    for (const Request& request : requests) {
      if (request.answer != nullptr || request.client->Begin()) Refuse(request);
    }
  }
  // Perhaps the last ones that hold their logs, whose end calls others back.
  requests.clear();
  mutex_.Lock();
  is_leading_ = false;
  changed_.NotifyAll();
  return callbacks;
}

Journal::Callbacks Journal::Serve(const std::vector<Request>& requests) {
  Callbacks callbacks;
  std::vector<Member> members;
  for (const Request& request : requests) {
    absl::optional<Member> member = Gather(request, &callbacks);
    if (member.has_value()) members.push_back(*std::move(member));
  }
  WriteInGroups(std::move(members), &callbacks);
  return callbacks;
}

absl::optional<Journal::Member> Journal::Gather(const Request& request, Callbacks* callbacks) {
  Member member{request, {}};
  if (request.is_forget) {
    member.tail.entries.push_back(
        {JournalEntryKind::kForget, request.client->key(), Offset(0), 0, ""});
    return member;
  }
  if (request.answer == nullptr && !request.client->Begin()) return absl::nullopt;
  absl::StatusOr<JournalClient::Tail> tail = request.client->Collect();
  if (!tail.ok()) {
    Give(request, tail.status(), callbacks);
    return absl::nullopt;
  }
  if (tail->entries.empty()) {
    Give(request, tail->end_offset, callbacks);
    return absl::nullopt;
  }
  if (JournalGroupSpaceBytes(tail->entries) > std::min(kTailBytesMax, file_->half_bytes() / 4)) {
    Refuse(request);
    return absl::nullopt;
  }
  member.tail = *std::move(tail);
  return member;
}

void Journal::WriteInGroups(std::vector<Member> members, Callbacks* callbacks) {
  // A half must hold one, and still the group that ends it.
  const int64_t group_bytes_max =
      std::min(kGroupBytesMax, file_->half_bytes() - kJournalAlignmentBytes);
  size_t begin = 0;
  int64_t group_bytes = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    const int64_t bytes = JournalGroupSpaceBytes(members[i].tail.entries);
    if (group_bytes + bytes > group_bytes_max) {
      WriteGroup(absl::MakeConstSpan(members).subspan(begin, i - begin), callbacks);
      begin = i;
      group_bytes = 0;
    }
    group_bytes += bytes;
  }
  if (begin < members.size()) {
    WriteGroup(absl::MakeConstSpan(members).subspan(begin), callbacks);
  }
}

void Journal::WriteGroup(absl::Span<const Member> members, Callbacks* callbacks) {
  std::vector<JournalEntry> entries;
  for (const Member& member : members) {
    entries.insert(entries.end(), member.tail.entries.begin(), member.tail.entries.end());
  }
  const absl::Status status = Write(members, entries);
  if (!status.ok() && !absl::IsAborted(status)) {
    MutexLock lock(&mutex_);
    state_ = State::kFailed;
    failure_ = status;
  }
  for (const Member& member : members) {
    if (status.ok()) {
      Give(member.request, member.tail.end_offset, callbacks);
    } else {
      Refuse(member.request);
    }
  }
}

absl::Status Journal::Write(absl::Span<const Member> members,
                            absl::Span<const JournalEntry> entries) {
  TM_RETURN_IF_ERROR(MakeRoom(JournalGroupSpaceBytes(entries)));
  bool is_other_done = false;
  {
    MutexLock lock(&mutex_);
    // Before the group is written: after an error it may be there.
    NoteMentioned(members);
    is_other_done = IsOtherDone();
  }
  if (is_other_done) file_->SetOtherDone();
  TM_RETURN_IF_ERROR(file_->Append(entries));
  MutexLock lock(&mutex_);
  if (is_other_done) halves_[1 - file_->half()].mentioned.clear();
  return absl::OkStatus();
}

bool Journal::IsOtherDone() const {
  const Half& other = halves_[1 - file_->half()];
  return other.live.empty() && !other.is_draining;
}

// The failure of a group before, ABORTED while both halves are full.
absl::Status Journal::MakeRoom(int64_t space_bytes) {
  {
    MutexLock lock(&mutex_);
    if (state_ != State::kReady) return failure_;
    if (file_->room_bytes() >= space_bytes) return absl::OkStatus();
    if (!IsOtherDone()) return absl::AbortedError("the journal is full");
  }
  file_->SetOtherDone();
  TM_RETURN_IF_ERROR(file_->Turn());
  MutexLock lock(&mutex_);
  halves_[file_->half()].mentioned.clear();
  DrainSoon(1 - file_->half());
  return absl::OkStatus();
}

void Journal::NoteMentioned(absl::Span<const Member> members) {
  Half& half = halves_[file_->half()];
  for (const Member& member : members) {
    if (member.request.is_forget) continue;
    const std::shared_ptr<JournalClient>& client = member.request.client;
    half.mentioned.insert(client->key());
    half.live.try_emplace(client.get(), client);
  }
}

void Journal::Give(const Request& request, const absl::StatusOr<Offset>& durable_end,
                   Callbacks* callbacks) {
  if (request.answer == nullptr) {
    std::function<void()> callback = request.client->End(durable_end);
    if (callback == nullptr) return;
    // It is the log's own.
    callbacks->push_back([log = request.client, callback = std::move(callback)] { callback(); });
    return;
  }
  MutexLock lock(&mutex_);
  request.answer->outcome = durable_end;
  request.answer->is_given = true;
}

void Journal::Refuse(const Request& request) {
  if (request.answer == nullptr) return request.client->Decline();
  MutexLock lock(&mutex_);
  request.answer->is_given = true;
}

// Getting the file empty.

void Journal::DrainSoon(size_t half) {
  if (std::exchange(halves_[half].is_draining, true)) return;
  tasks_.push_back([weak = weak_from_this(), half] {
    if (const std::shared_ptr<Journal> self = weak.lock()) self->Drain(half);
  });
}

void Journal::Drain(size_t half) {
  Live live;
  {
    MutexLock lock(&mutex_);
    live = halves_[half].live;
  }
  for (const auto& [client, weak] : live) {
    const std::shared_ptr<JournalClient> log = weak.lock();
    // What cannot be flushed stays: the next opening needs it.
    if (log == nullptr || !log->Flush().ok()) continue;
    MutexLock lock(&mutex_);
    halves_[half].live.erase(client);
  }
  MutexLock lock(&mutex_);
  halves_[half].is_draining = false;
}

absl::Status Journal::Retire() {
  Live live;
  {
    MutexLock lock(&mutex_);
    while (is_leading_ || state_ == State::kBeingMade) changed_.Wait(&mutex_);
    if (file_ == nullptr) {
      state_ = State::kAbsent;
      return absl::OkStatus();
    }
    is_leading_ = true;
    state_ = State::kBeingRetired;
    for (const Half& half : halves_) live.insert(half.live.begin(), half.live.end());
  }
  absl::Status status;
  for (const auto& [client, weak] : live) {
    const std::shared_ptr<JournalClient> log = weak.lock();
    status.Update(log != nullptr ? log->Flush()
                                 : absl::FailedPreconditionError(absl::StrCat(
                                       root_, ": the journal has what a log did not flush")));
  }
  if (status.ok()) status = RemoveJournal(file_system_, root_);
  {
    MutexLock lock(&mutex_);
    is_leading_ = false;
    state_ = status.ok() ? State::kAbsent : State::kFailed;
    failure_ = status;
    if (status.ok()) {
      file_.reset();
      for (Half& half : halves_) {
        half.mentioned.clear();
        half.live.clear();
      }
    }
    changed_.NotifyAll();
    LeadSoonIfNobodyWaits();
  }
  HandOverTasks();
  return status;
}

absl::Status Journal::Resize(int64_t size_bytes) {
  return size_bytes_.exchange(size_bytes) == size_bytes ? absl::OkStatus() : Retire();
}

void Journal::Recover() {
  bool has_failed = false;
  {
    MutexLock lock(&mutex_);
    has_failed = state_ == State::kFailed;
    if (state_ == State::kReady && !is_leading_) {
      // What could not be flushed when the other half was begun.
      const size_t drained = 1 - file_->half();
      if (!halves_[drained].live.empty()) DrainSoon(drained);
    }
  }
  HandOverTasks();
  // If not now, the next time tries again.
  if (has_failed) Retire().IgnoreError();
}

absl::Status Journal::status() const {
  MutexLock lock(&mutex_);
  return state_ == State::kFailed ? Annotate(failure_, "durable appends go without the journal")
                                  : absl::OkStatus();
}

}  // namespace tidemark
