#ifndef TIDEMARK_STORAGE_LOG_GROUP_COMMIT_H_
#define TIDEMARK_STORAGE_LOG_GROUP_COMMIT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/base/mutex.h"
#include "storage/types.h"

namespace tidemark {

// Lets everybody who waits for durability share syncs: while one sync runs, those who come later
// gather for the next one. A failed sync is final (a second one could succeed without having
// written what the first one lost): everybody who waits gets its error, and FAILED_PRECONDITION
// whoever comes later.
//
// A blocked caller does the next sync itself; for callers that do not block, `schedule` is asked to
// call Lead soon. Thread-safe; no lock is held while syncing or calling back.
class GroupCommit {
 public:
  using Done = std::function<void(absl::Status)>;

  using Commit = std::function<absl::StatusOr<Offset>()>;

  // `commit` makes everything appended so far durable and returns the offset behind it; `sync_all`
  // does so by a sync of the log's own files. Of both together one runs at a time. `durable_end` is
  // what is durable already.
  GroupCommit(Offset durable_end, Commit commit, Commit sync_all, std::function<void()> schedule);

  // Everything below is durable.
  Offset durable_end() const;

  // Returns once everything below `offset` is durable, or with an error: of the sync that failed,
  // of Cut, or OUT_OF_RANGE if the log ends below `offset`.
  absl::Status Sync(Offset offset) { return SyncAs(Callbacks::kNow, offset); }

  // The same for a caller who may hold locks: who waits through Await is called back by Lead.
  absl::Status SyncQuietly(Offset offset) { return SyncAs(Callbacks::kByLead, offset); }

  // Runs `sync_all`, also where everything is durable: for what else it does. The error of the
  // sync, or, as FAILED_PRECONDITION, of an earlier one.
  absl::Status SyncOnce();

  // As Sync, through `done`, which is called once, perhaps before this returns.
  void Await(Offset offset, Done done);

  // Calls back whom a quiet sync has not, and does one sync if somebody still waits for one.
  void Lead();

  // For who commits several logs at once, in the place of Lead. Begins a commit, if anybody waits
  // for one and none runs; others then wait for its end.
  bool Begin();
  // Ends it with what is durable, or with the error of the commit. Returns what calls back then,
  // without any lock; nothing if nobody is to be called.
  std::function<void()> End(const absl::StatusOr<Offset>& durable_end);
  // Ends it without an outcome: Lead is to be called soon.
  void GiveUp();

  // What was made durable otherwise, and is not cut off meanwhile. Who waits for it is told by the
  // commit that serves them.
  void NoteDurable(Offset durable_end);

  // Waits for a running sync and keeps others from beginning, until Resume. For work that takes
  // bytes away. Everybody who waits goes on waiting.
  void Pause();
  // Within a pause: what is durable above `offset` may soon not be.
  void Lower(Offset offset);
  // Within a pause: nothing at or above `kept_end` is left of what was there, and all is durable
  // below `durable_end`. Whoever waits for more than is kept gets `status`, from Resume.
  void Cut(Offset kept_end, Offset durable_end, const absl::Status& status);
  // Within a pause: the log is not to be used on, and what is durable is not known. Whoever waits,
  // now and later, gets `status`.
  void Fence(const absl::Status& status);
  // Ends the pause, and calls back; quietly as in SyncQuietly.
  void Resume();
  void ResumeQuietly();

  // Fails everybody who waits, now and later, unless it failed before. Waits for a running sync.
  void Shutdown(const absl::Status& status);

  // What whoever comes now gets, unless it is durable already.
  absl::Status status() const;

 private:
  // A call of Await or, without `done`, of Sync.
  struct Waiter {
    Offset offset;
    Done done;
    absl::optional<absl::Status>* blocked = nullptr;  // Where Sync waits for its outcome.
    absl::optional<absl::Status> outcome;             // Once it is known.
  };

  enum class Callbacks { kNow, kByLead };

  // What is to be done once the lock is let go.
  struct Due {
    std::vector<Waiter> ready;
    bool must_schedule = false;
  };

  absl::Status SyncAs(Callbacks callbacks, Offset offset);
  // Runs one of the two, and says how that went; its waiters have their outcomes then.
  absl::Status RunOnce(const Commit& commit, Callbacks callbacks)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteBegun() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteOutcome(const absl::StatusOr<Offset>& durable_end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives those who wait for something that is not durable their outcome, and those to come theirs.
  void Fail(const absl::Status& now, const absl::Status& later)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Tells those Sync calls whose outcome is known; takes the other such waiters out.
  std::vector<Waiter> TakeReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Due TakeDue(Callbacks callbacks) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Finish(Callbacks callbacks) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void CallBack(std::vector<Waiter>* ready);

  const Commit commit_;
  const Commit sync_all_;
  const std::function<void()> schedule_;

  mutable Mutex mutex_;
  CondVar changed_;
  Offset durable_end_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool is_busy_ ABSL_GUARDED_BY(mutex_) = false;     // A commit runs, or Pause holds.
  size_t asked_before_ ABSL_GUARDED_BY(mutex_) = 0;  // Waiters from before the running commit.
  bool is_scheduled_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
  std::vector<Waiter> to_call_back_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_GROUP_COMMIT_H_
