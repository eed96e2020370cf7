#include "storage/log/group_commit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"

namespace tidemark {

GroupCommit::GroupCommit(Offset durable_end, Commit commit, Commit sync_all,
                         std::function<void()> schedule)
    : commit_(std::move(commit)),
      sync_all_(std::move(sync_all)),
      schedule_(std::move(schedule)),
      durable_end_(durable_end) {}

Offset GroupCommit::durable_end() const {
  MutexLock lock(&mutex_);
  return durable_end_;
}

absl::Status GroupCommit::status() const {
  MutexLock lock(&mutex_);
  return status_;
}

absl::Status GroupCommit::SyncAs(Callbacks callbacks, Offset offset) {
  MutexLock lock(&mutex_);
  if (durable_end_ >= offset) return absl::OkStatus();
  if (!status_.ok()) return status_;
  absl::optional<absl::Status> outcome;
  waiters_.push_back({offset, nullptr, &outcome, absl::nullopt});
  while (!outcome.has_value()) {
    if (is_busy_) {
      changed_.Wait(&mutex_);
    } else {
      RunOnce(commit_, callbacks).IgnoreError();  // Waiters have their outcomes.
    }
  }
  return *outcome;
}

absl::Status GroupCommit::SyncOnce() {
  MutexLock lock(&mutex_);
  while (is_busy_) changed_.Wait(&mutex_);
  return status_.ok() ? RunOnce(sync_all_, Callbacks::kNow) : status_;
}

void GroupCommit::Await(Offset offset, Done done) {
  absl::Status outcome;
  bool must_schedule = false;
  {
    MutexLock lock(&mutex_);
    if (durable_end_ < offset && status_.ok()) {
      waiters_.push_back({offset, std::move(done), nullptr, absl::nullopt});
      // A running sync looks after those who came meanwhile when it ends.
      must_schedule = !is_busy_ && !std::exchange(is_scheduled_, true);
      if (!must_schedule) return;
    } else if (durable_end_ < offset) {
      outcome = status_;
    }
  }
  if (must_schedule) {
    schedule_();
  } else {
    done(outcome);
  }
}

void GroupCommit::Lead() {
  MutexLock lock(&mutex_);
  is_scheduled_ = false;
  if (!is_busy_ && !to_call_back_.empty()) Finish(Callbacks::kNow);
  if (!is_busy_ && !waiters_.empty()) {
    RunOnce(commit_, Callbacks::kNow).IgnoreError();  // The same.
  }
}

bool GroupCommit::Begin() {
  MutexLock lock(&mutex_);
  is_scheduled_ = false;
  if (is_busy_ || (waiters_.empty() && to_call_back_.empty())) return false;
  NoteBegun();
  return true;
}

std::function<void()> GroupCommit::End(const absl::StatusOr<Offset>& durable_end) {
  Due due;
  {
    MutexLock lock(&mutex_);
    NoteOutcome(durable_end);
    due = TakeDue(Callbacks::kNow);
  }
  if (due.must_schedule) schedule_();
  if (due.ready.empty()) return nullptr;
  return [ready = std::move(due.ready)]() mutable { CallBack(&ready); };
}

void GroupCommit::GiveUp() {
  MutexLock lock(&mutex_);
  is_busy_ = false;
  is_scheduled_ = true;
  changed_.NotifyAll();
}

void GroupCommit::NoteDurable(Offset durable_end) {
  MutexLock lock(&mutex_);
  if (status_.ok()) durable_end_ = std::max(durable_end_, durable_end);
}

void GroupCommit::Pause() {
  MutexLock lock(&mutex_);
  while (is_busy_) changed_.Wait(&mutex_);
  is_busy_ = true;
}

void GroupCommit::Lower(Offset offset) {
  MutexLock lock(&mutex_);
  TM_CHECK(is_busy_);
  durable_end_ = std::min(durable_end_, offset);
}

void GroupCommit::Cut(Offset kept_end, Offset durable_end, const absl::Status& status) {
  MutexLock lock(&mutex_);
  TM_CHECK(is_busy_);
  for (Waiter& waiter : waiters_) {
    if (waiter.offset > kept_end) waiter.outcome = status;
  }
  durable_end_ = durable_end;
}

void GroupCommit::Fence(const absl::Status& status) {
  MutexLock lock(&mutex_);
  TM_CHECK(is_busy_);
  durable_end_ = Offset(0);
  Fail(status, status);
}

void GroupCommit::Resume() {
  MutexLock lock(&mutex_);
  TM_CHECK(is_busy_);
  Finish(Callbacks::kNow);
}

void GroupCommit::ResumeQuietly() {
  MutexLock lock(&mutex_);
  TM_CHECK(is_busy_);
  Finish(Callbacks::kByLead);
}

void GroupCommit::Shutdown(const absl::Status& status) {
  MutexLock lock(&mutex_);
  while (is_busy_) changed_.Wait(&mutex_);
  is_busy_ = true;
  Fail(status, status);
  Finish(Callbacks::kNow);
}

// Both lose the lock while they call out, and hold it again on return.
absl::Status GroupCommit::RunOnce(const Commit& commit, Callbacks callbacks) {
  NoteBegun();
  mutex_.Unlock();
  const absl::StatusOr<Offset> durable_end = commit();
  mutex_.Lock();
  NoteOutcome(durable_end);
  Finish(callbacks);
  return durable_end.status();
}

void GroupCommit::NoteBegun() {
  is_busy_ = true;
  asked_before_ = waiters_.size();
}

void GroupCommit::NoteOutcome(const absl::StatusOr<Offset>& durable_end) {
  if (!durable_end.ok()) {
    Fail(durable_end.status(), absl::FailedPreconditionError(durable_end.status().message()));
    return;
  }
  durable_end_ = std::max(durable_end_, *durable_end);
  // All that was appended is durable: what is asked for above has been cut off.
  for (size_t i = 0; i < asked_before_; ++i) {
    if (waiters_[i].offset > durable_end_) {
      waiters_[i].outcome = absl::OutOfRangeError(absl::StrCat(
          "offset ", waiters_[i].offset.value(), " is behind the log end ", durable_end->value()));
    }
  }
}

void GroupCommit::Fail(const absl::Status& now, const absl::Status& later) {
  for (Waiter& waiter : waiters_) {
    if (!waiter.outcome.has_value() && waiter.offset > durable_end_) waiter.outcome = now;
  }
  if (status_.ok()) status_ = later;
}

void GroupCommit::Finish(Callbacks callbacks) {
  Due due = TakeDue(callbacks);
  mutex_.Unlock();
  CallBack(&due.ready);
  if (due.must_schedule) schedule_();
  mutex_.Lock();
}

GroupCommit::Due GroupCommit::TakeDue(Callbacks callbacks) {
  Due due;
  is_busy_ = false;
  for (Waiter& waiter : TakeReady()) to_call_back_.push_back(std::move(waiter));
  if (callbacks == Callbacks::kNow) due.ready.swap(to_call_back_);
  // Blocked calls look after themselves.
  const bool others_wait = !to_call_back_.empty() ||
                           std::any_of(waiters_.begin(), waiters_.end(),
                                       [](const Waiter& waiter) { return waiter.done != nullptr; });
  due.must_schedule = others_wait && !std::exchange(is_scheduled_, true);
  changed_.NotifyAll();
  return due;
}

void GroupCommit::CallBack(std::vector<Waiter>* ready) {
  for (Waiter& waiter : *ready) waiter.done(*waiter.outcome);
}

std::vector<GroupCommit::Waiter> GroupCommit::TakeReady() {
  std::vector<Waiter> ready;
  std::vector<Waiter> waiting;
  for (Waiter& waiter : waiters_) {
    if (!waiter.outcome.has_value() && waiter.offset <= durable_end_) {
      waiter.outcome = absl::OkStatus();
    }
    if (!waiter.outcome.has_value()) {
      waiting.push_back(std::move(waiter));
    } else if (waiter.blocked != nullptr) {
      *waiter.blocked = std::move(waiter.outcome);
    } else {
      ready.push_back(std::move(waiter));
    }
  }
  waiters_ = std::move(waiting);
  return ready;
}

}  // namespace tidemark
