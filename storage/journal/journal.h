#ifndef TIDEMARK_STORAGE_JOURNAL_JOURNAL_H_
#define TIDEMARK_STORAGE_JOURNAL_JOURNAL_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "storage/format/journal_group.h"
#include "storage/journal/journal_file.h"
#include "storage/types.h"

namespace tidemark {

inline constexpr int64_t kJournalBytesMin = int64_t{16} << 10;

// A log, as the journal sees it. While a commit of it runs, from Begin to End or Decline, no other
// does, and what has been appended is not taken away. None of these may call the journal.
class JournalClient {
 public:
  // What a commit is to make durable.
  struct Tail {
    std::vector<JournalEntry> entries;                // None if it is durable already.
    std::vector<std::shared_ptr<const void>> owners;  // Of the entries' bytes.
    Offset end_offset;                                // Everything below is durable then.
  };

  virtual ~JournalClient() = default;

  virtual JournalKey key() const = 0;

  // Begins a commit that was asked for with CommitLater. False if none is needed, or one runs.
  virtual bool Begin() = 0;
  // Within a commit: what was appended and is in no earlier Tail. On an error it fails with that.
  virtual absl::StatusOr<Tail> Collect() = 0;
  // Ends a commit that Begin has begun. Returns what is to be called then, without any lock.
  virtual std::function<void()> End(const absl::StatusOr<Offset>& durable_end) = 0;
  // Ends it as well: the log sees to its durability itself. Whatever was collected is to be
  // collected again.
  virtual void Decline() = 0;

  // Brings the log's segments to stable storage. May run beside a commit.
  virtual absl::Status Flush() = 0;
};

// One file for what all logs of a data directory want durable: a group of appends, to whatever
// logs, costs one write and one flush of the device. The logs' own segments are synced later, at
// leisure; until then what the journal has is put into them after a crash (journal_replay.h). The
// format, and why nothing stale is ever put back: docs/format/journal.md.
//
// Thread-safe. Who waits for a commit writes the group of all who wait; for those who do not block
// a task of the executor does. The lock is never held over file work or a call of a client's.
class Journal : public std::enable_shared_from_this<Journal> {
 public:
  // A file of `size_bytes` below `root`, made by a task once somebody commits. Below
  // kJournalBytesMin: none.
  Journal(FileSystem* file_system, Executor* executor, std::string root, int64_t size_bytes);

  // False if there is to be no file. Any thread may change that with Resize.
  bool is_wanted() const { return size_bytes_.load(std::memory_order_relaxed) >= kJournalBytesMin; }

  // Within a commit of the client's own, which does not end here: makes its tail durable. Returns
  // what is durable then; nothing if the log has to see to it itself: the tail is large, the file
  // is not there yet or cannot be written, or both halves are full of what is not flushed.
  absl::optional<absl::StatusOr<Offset>> Commit(const std::shared_ptr<JournalClient>& client);

  // Begins, makes and ends a commit soon. False, and nothing happens, if the log has to see to its
  // durability itself.
  bool CommitLater(std::shared_ptr<JournalClient> client);

  // On OK, nothing that the journal has of the log so far will be put back: to be called before
  // bytes of it are taken away or replaced. Flushes the log first. No commit of it runs meanwhile.
  absl::Status Forget(const std::shared_ptr<JournalClient>& client);

  // The log is flushed and ends, or its topic is to go.
  void Leave(const JournalClient* client);

  // Flushes every log that the journal has something of, and removes the file, which the next
  // commit makes anew. An error, of any of that, leaves it in its place.
  absl::Status Retire();

  // From now on the file has so many bytes; it is retired if it has others.
  absl::Status Resize(int64_t size_bytes);

  // Gets over a failure to make or write the file, if it can.
  void Recover();

  // Why commits go without the file, unless that is as it should be.
  absl::Status status() const;

 private:
  enum class State { kAbsent, kToBeMade, kBeingMade, kReady, kBeingRetired, kFailed };

  // What one asks for who waits.
  struct Answer {
    bool is_given = false;
    absl::optional<absl::StatusOr<Offset>> outcome;  // None: declined.
  };
  struct Request {
    std::shared_ptr<JournalClient> client;
    Answer* answer = nullptr;  // Null: asked for with CommitLater.
    bool is_forget = false;
  };
  struct Member {
    Request request;
    JournalClient::Tail tail;
  };
  using Callbacks = std::vector<std::function<void()>>;
  using Live = std::map<const JournalClient*, std::weak_ptr<JournalClient>>;
  struct Half {
    std::set<JournalKey> mentioned;  // Logs that the groups mention that can be read there.
    Live live;                       // Those of which it has something that may not be flushed.
    bool is_draining = false;
  };

  bool IsUsable() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeSoon() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeFile();
  // Asks, and waits for the answer, writing groups if nobody else does.
  absl::optional<absl::StatusOr<Offset>> Ask(Request request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Answers all who have asked. Loses the lock meanwhile.
  Callbacks Lead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LeadSoonIfNobodyWaits() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LeadInBackground();

  // By the leader, without the lock.
  Callbacks Serve(const std::vector<Request>& requests);
  absl::optional<Member> Gather(const Request& request, Callbacks* callbacks);
  void WriteInGroups(std::vector<Member> members, Callbacks* callbacks);
  void WriteGroup(absl::Span<const Member> members, Callbacks* callbacks);
  absl::Status Write(absl::Span<const Member> members, absl::Span<const JournalEntry> entries);
  absl::Status MakeRoom(int64_t space_bytes);
  // Nothing is left to be flushed of what the half that is not being filled has.
  bool IsOtherDone() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteMentioned(absl::Span<const Member> members) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Give(const Request& request, const absl::StatusOr<Offset>& durable_end,
            Callbacks* callbacks);
  void Refuse(const Request& request);

  // Flushes the logs of a half that is not being filled, so that it can be filled again.
  void DrainSoon(size_t half) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drain(size_t half);
  // Has a task run once the lock is let go: an executor may run it at once.
  void RunSoon(void (Journal::*task)()) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // To be called by all who may have done so.
  void HandOverTasks() ABSL_LOCKS_EXCLUDED(mutex_);

  FileSystem* const file_system_;
  Executor* const executor_;
  const std::string root_;
  std::atomic<int64_t> size_bytes_;

  mutable Mutex mutex_;
  CondVar changed_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kAbsent;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::vector<Request> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<Executor::Task> tasks_ ABSL_GUARDED_BY(mutex_);
  int64_t waiting_count_ ABSL_GUARDED_BY(mutex_) = 0;  // Of those who wait for their answer.
  bool is_leading_ ABSL_GUARDED_BY(mutex_) = false;    // Somebody writes, or retires the file.
  bool is_scheduled_ ABSL_GUARDED_BY(mutex_) = false;  // A task will lead.
  std::array<Half, 2> halves_ ABSL_GUARDED_BY(mutex_);
  // Touched by the leader alone.
  std::unique_ptr<JournalFile> file_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_JOURNAL_JOURNAL_H_
