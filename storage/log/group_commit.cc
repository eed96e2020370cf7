#include "storage/log/group_commit.h"

#include <utility>

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

absl::Status GroupCommit::Sync(Offset offset) {
  MutexLock lock(&mutex_);
  while (true) {
    if (durable_end_ >= offset) return absl::OkStatus();
    if (!status_.ok()) return status_;
    if (is_busy_) {
      changed_.Wait(&mutex_);
    } else {
      RunOnce();
    }
  }
}

void GroupCommit::Await(Offset offset, Done done) {
  absl::Status outcome;
  bool must_schedule = false;
  {
    MutexLock lock(&mutex_);
    if (durable_end_ < offset && status_.ok()) {
      waiters_.push_back({offset, std::move(done)});
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
  if (!is_busy_ && !waiters_.empty()) RunOnce();
}

void GroupCommit::Pause() {
  MutexLock lock(&mutex_);
  while (is_busy_) changed_.Wait(&mutex_);
  is_busy_ = true;
}

void GroupCommit::Resume(Offset durable_end) {
  MutexLock lock(&mutex_);
  TM_CHECK(is_busy_);
  durable_end_ = durable_end;
  Finish(absl::OkStatus());
}

void GroupCommit::Shutdown(const absl::Status& status) {
  MutexLock lock(&mutex_);
  while (is_busy_) changed_.Wait(&mutex_);
  is_busy_ = true;
  Finish(status);
}

// Both lose the lock while they call out, and hold it again on return.
void GroupCommit::RunOnce() {
  is_busy_ = true;
  mutex_.Unlock();
  absl::StatusOr<Offset> synced = sync_all_();
  mutex_.Lock();
  if (synced.ok() && *synced > durable_end_) durable_end_ = *synced;
  Finish(synced.status());
}

void GroupCommit::Finish(absl::Status result_status) {
  is_busy_ = false;
  if (status_.ok()) status_ = std::move(result_status);
  std::vector<Waiter> ready = TakeReady();
  const absl::Status status = status_;
  const Offset durable_end = durable_end_;
  const bool must_schedule = !waiters_.empty() && !std::exchange(is_scheduled_, true);
  changed_.NotifyAll();
  mutex_.Unlock();
  for (Waiter& waiter : ready) {
    waiter.done(waiter.offset <= durable_end ? absl::OkStatus() : status);
  }
  if (must_schedule) schedule_();
  mutex_.Lock();
}

std::vector<GroupCommit::Waiter> GroupCommit::TakeReady() {
  std::vector<Waiter> ready;
  std::vector<Waiter> waiting;
  for (Waiter& waiter : waiters_) {
    const bool is_ready = waiter.offset <= durable_end_ || !status_.ok();
    (is_ready ? ready : waiting).push_back(std::move(waiter));
  }
  waiters_ = std::move(waiting);
  return ready;
}

}  // namespace tidemark
