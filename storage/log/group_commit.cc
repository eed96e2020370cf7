#include "storage/log/group_commit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"

namespace tidemark {

GroupCommit::GroupCommit(Offset durable_end, std::function<absl::StatusOr<Offset>()> sync_all,
                         std::function<void()> schedule)
    : sync_all_(std::move(sync_all)), schedule_(std::move(schedule)), durable_end_(durable_end) {}

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
      RunOnce(callbacks).IgnoreError();  // Waiters have their outcomes.
    }
  }
  return *outcome;
}

absl::Status GroupCommit::SyncOnce() {
  MutexLock lock(&mutex_);
  while (is_busy_) changed_.Wait(&mutex_);
  return status_.ok() ? RunOnce(Callbacks::kNow) : status_;
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
    RunOnce(Callbacks::kNow).IgnoreError();  // The same.
  }
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

void GroupCommit::Shutdown(const absl::Status& status) {
  MutexLock lock(&mutex_);
  while (is_busy_) changed_.Wait(&mutex_);
  is_busy_ = true;
  Fail(status, status);
  Finish(Callbacks::kNow);
}

// Both lose the lock while they call out, and hold it again on return.
absl::Status GroupCommit::RunOnce(Callbacks callbacks) {
  is_busy_ = true;
  const size_t asked_before = waiters_.size();
  mutex_.Unlock();
  absl::StatusOr<Offset> synced = sync_all_();
  mutex_.Lock();
  if (synced.ok()) {
    durable_end_ = std::max(durable_end_, *synced);
    // All that was appended is durable: what is asked for above has been cut off.
    for (size_t i = 0; i < asked_before; ++i) {
      if (waiters_[i].offset > durable_end_) {
        waiters_[i].outcome = absl::OutOfRangeError(absl::StrCat(
            "offset ", waiters_[i].offset.value(), " is behind the log end ", synced->value()));
      }
    }
  } else {
    Fail(synced.status(), absl::FailedPreconditionError(synced.status().message()));
  }
  Finish(callbacks);
  return synced.status();
}

void GroupCommit::Fail(const absl::Status& now, const absl::Status& later) {
  for (Waiter& waiter : waiters_) {
    if (!waiter.outcome.has_value() && waiter.offset > durable_end_) waiter.outcome = now;
  }
  if (status_.ok()) status_ = later;
}

void GroupCommit::Finish(Callbacks callbacks) {
  is_busy_ = false;
  for (Waiter& waiter : TakeReady()) to_call_back_.push_back(std::move(waiter));
  std::vector<Waiter> ready;
  if (callbacks == Callbacks::kNow) ready.swap(to_call_back_);
  // Blocked calls look after themselves.
  const bool others_wait = !to_call_back_.empty() ||
                           std::any_of(waiters_.begin(), waiters_.end(),
                                       [](const Waiter& waiter) { return waiter.done != nullptr; });
  const bool must_schedule = others_wait && !std::exchange(is_scheduled_, true);
  changed_.NotifyAll();
  mutex_.Unlock();
  for (Waiter& waiter : ready) waiter.done(*waiter.outcome);
  if (must_schedule) schedule_();
  mutex_.Lock();
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
