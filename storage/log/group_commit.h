#ifndef TIDEMARK_STORAGE_LOG_GROUP_COMMIT_H_
#define TIDEMARK_STORAGE_LOG_GROUP_COMMIT_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/base/mutex.h"
#include "storage/types.h"

namespace tidemark {

// Lets everybody who waits for durability share syncs: while one sync runs, those who come later
// gather for the next one. A failed sync is final (a second one could succeed without having
// written what the first one lost): it fails everybody who waits, now and later.
//
// A blocked caller does the next sync itself; for callers that do not block, `schedule` is asked to
// call Lead soon. Thread-safe; no lock is held while syncing or calling back.
class GroupCommit {
 public:
  using Done = std::function<void(absl::Status)>;

  // `sync_all` makes everything appended so far durable and returns the offset behind it; it is
  // never run twice at once. `durable_end` is what is durable already.
  GroupCommit(Offset durable_end, std::function<absl::StatusOr<Offset>()> sync_all,
              std::function<void()> schedule);

  // Everything below is durable.
  Offset durable_end() const;

  // Returns once everything below `offset` is durable, or with the error that fenced the log.
  absl::Status Sync(Offset offset);

  // Same through `done`, which is called once, perhaps before this returns.
  void Await(Offset offset, Done done);

  // Does one sync if somebody still waits for one through Await.
  void Lead();

  // Waits for a running sync and keeps others from beginning, until Resume. For work that takes
  // durable bytes away. Everybody who waits goes on waiting.
  void Pause();
  // `durable_end` is what is durable now.
  void Resume(Offset durable_end);

  // Fails everybody who waits, now and later, unless it failed before. Waits for a running sync.
  void Shutdown(const absl::Status& status);

  // The error of the sync that failed, or of Shutdown.
  absl::Status status() const;

 private:
  struct Waiter {
    Offset offset;
    Done done;
  };

  void RunOnce() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes the waiters out who need not wait any more.
  std::vector<Waiter> TakeReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Finish(absl::Status result_status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::function<absl::StatusOr<Offset>()> sync_all_;
  const std::function<void()> schedule_;

  mutable Mutex mutex_;
  CondVar changed_;
  Offset durable_end_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool is_busy_ ABSL_GUARDED_BY(mutex_) = false;  // A sync runs, or Pause holds.
  bool is_scheduled_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_GROUP_COMMIT_H_
