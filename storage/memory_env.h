#ifndef TIDEMARK_STORAGE_MEMORY_ENV_H_
#define TIDEMARK_STORAGE_MEMORY_ENV_H_

// The seams of storage/env.h without an operating system, for tests and simulations: a file system
// that can lose what was not synced and fail on demand, a clock moved by hand, an executor driven
// by its caller, and seeded random numbers. The same calls give the same results, always.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/base/mutex.h"
#include "storage/env.h"

namespace tidemark {

// One call on a MemoryFileSystem, as a fault hook sees it.
struct FileOperation {
  enum class Kind {
    // These only look.
    kOpen,
    kRead,
    kSize,
    kMap,
    kPopulate,
    kList,
    kStat,
    kFreeBytes,
    kLock,
    // These change the files, the names, or what is on stable storage. kCreate: an Open or a Lock
    // that makes the file.
    kCreate,
    kWrite,
    kTruncate,
    kAllocate,
    kSync,  // By a File or a region.
    kRename,
    kRemove,
    kCreateDirectory,
    kRemoveDirectory,
    kSyncDirectory,
  };

  Kind kind = Kind::kOpen;
  std::string
      path;  // As given to Open for the calls of files and regions; the old one in a rename.
  int64_t position = 0;        // Also the new size for kTruncate and kAllocate.
  int64_t length_bytes = 0;    // 0 where it means nothing; for a File's Sync too.
  int64_t ordinal = 0;         // Counts all calls since the file system was made, from 1.
  int64_t change_ordinal = 0;  // Counts those that change something, from 1; 0 for the others.
};

// What a disk may do to one page of 4,096 bytes, of those that a sync has it write, and say OK.
enum class SilentFault {
  kNone,
  kBitFlip,     // One bit of it is wrong.
  kZeroedPage,  // It is zeros.
  kLostWrite,   // It is as it was before the write.
  // The same, and its bytes are in place of another page, of the same file or of another one.
  kMisdirectedWrite,
  kMisdirectedToOtherFile,
};

// What shall become of a call.
struct FileFault {
  FileFault() = default;
  FileFault(absl::Status error) : status(std::move(error)) {}  // NOLINT: returned by hooks.

  // Unless OK, the call returns it and has no effect but these:
  absl::Status status;
  // A failed kWrite has written this many of its bytes.
  int64_t written_bytes = 0;
  // A failed kSync takes the contents back to those on stable storage. Otherwise they stay
  // readable, but no later Sync writes the bytes that this one failed to, unless they are written
  // again.
  bool revert = false;
  // The process dies right after the call.
  bool crash = false;
  // With an OK status, of a kSync that has something to write: see MemoryFileSystem::Damage.
  SilentFault silent = SilentFault::kNone;
  uint64_t choice = 0;  // Draws the page, the bit, the place: any number will do.
  // Called right after the call, on its thread and without a lock, whatever came of it.
  std::function<void()> after = nullptr;
};

// Asked before each call; runs without a lock, may be called by many threads.
using FileFaultHook = std::function<FileFault(const FileOperation&)>;

// What a power loss leaves of what was not synced. Damage is at sectors of 512 bytes, each of which
// is written whole or not at all; bytes that were on stable storage and were not changed since
// stay.
enum class PowerLossMode {
  kDropAll,  // Nothing.
  // As a journal keeps order: some first name changes; a file's size never before the bytes that it
  // covers; of bytes changed in place any subset.
  kOrdered,
  kSubset,             // Any subset of name changes, of sectors, and any size between.
  kSubsetWithGarbage,  // The same; changed bytes may also hold neither the old nor the new.
};

// Picks one of `n` (at least 1): 0 to n - 1.
using Chooser = std::function<uint64_t(uint64_t n)>;

class MemoryDisk;

// All files, names and pending changes of one moment. Cheap to take, copy and keep.
class MemorySnapshot {
 public:
  explicit MemorySnapshot(std::shared_ptr<const MemoryDisk> disk) : disk_(std::move(disk)) {}
  const std::shared_ptr<const MemoryDisk>& disk() const { return disk_; }

  // What MemoryFileSystem::PowerLoss would leave of it.
  MemorySnapshot AfterPowerLoss(PowerLossMode mode, const Chooser& choose) const;

  // Of names, sizes and sectors, how many changes are not on stable storage.
  int64_t unsynced_changes() const;

  // Equal where every name and byte is, as a process sees them; and hardly ever elsewhere.
  uint64_t FilesDigest() const;
  // Equal, for moments of one file system, where also every power loss can leave the same.
  uint64_t Digest() const;

 private:
  std::shared_ptr<const MemoryDisk> disk_;
};

// Files in memory, from an empty root directory "/"; relative paths start there too. Passes the
// same conformance suite as the POSIX file system; UNIMPLEMENTED is only File::SendTo. Files end at
// 16 GiB. Thread-safe, and so is what it makes; all of it may outlive it.
//
// Stricter than the system in one thing: bytes of a region that were not populated since they were
// mapped, or since the file last became shorter than them, fault on every touch.
class MemoryFileSystem : public FileSystem {
 public:
  MemoryFileSystem();
  explicit MemoryFileSystem(const MemorySnapshot& snapshot);
  MemoryFileSystem(const MemoryFileSystem&) = delete;
  MemoryFileSystem& operator=(const MemoryFileSystem&) = delete;
  ~MemoryFileSystem() override;

  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenMode mode) override;
  absl::Status Rename(absl::string_view from, absl::string_view to) override;
  absl::Status Remove(absl::string_view path) override;
  absl::Status CreateDirectory(absl::string_view path) override;
  absl::Status RemoveDirectory(absl::string_view path) override;
  absl::StatusOr<std::vector<DirectoryEntry>> List(absl::string_view path) override;
  absl::StatusOr<FileInfo> Stat(absl::string_view path) override;
  absl::StatusOr<int64_t> FreeBytes(absl::string_view path) override;
  absl::Status SyncDirectory(absl::string_view path) override;
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(absl::string_view path) override;

  // The process ends and a new one begins: every byte and name stays, locks end. Every file, region
  // and lock of the old life answers UNAVAILABLE from now on; the memory of old regions stays
  // readable and writable, to no effect on the files.
  void CrashProcess();

  // As CrashProcess, and of what was not synced only a choice remains.
  void PowerLoss(PowerLossMode mode, Random* random);
  void PowerLoss(PowerLossMode mode, const Chooser& choose);

  // Moves some of what is not synced to stable storage, as a kernel may at any moment.
  void WriteBack(Random* random);

  // The process dies right after the `changes`-th changing call from now (at least 1): that call
  // still takes effect, every later one is UNAVAILABLE, until CrashProcess, PowerLoss or Restore
  // begins the next life. 0 takes the order back. What is then found is what was there right after
  // the call: later stores through regions do not count.
  void CrashAfterChanges(int64_t changes);
  // True from such a death, or one by a hook, to the next life.
  bool crashed() const;

  // Asked from now on, in every life; nullptr for none.
  void SetFaultHook(FileFaultHook hook);

  // The room for blocks of 4,096 bytes; without end at first. What does not fit is
  // RESOURCE_EXHAUSTED. Removed files give theirs back once nobody has them open.
  void SetCapacityBytes(int64_t capacity_bytes);
  int64_t used_bytes() const;
  // From now on, in every life, bytes that are written have no blocks before they are synced, as
  // where allocation is delayed: what does not fit then is a failed Sync, RESOURCE_EXHAUSTED, which
  // keeps the contents. Allocate still gives blocks at once.
  void LetBlocksComeLate();

  // The disk goes bad without a word: from now on it has `bytes` in place of those that were synced
  // there. All readers see them, through files and regions and in later lives, as if the page cache
  // had dropped the page; only bytes that were changed since the last sync stay as they are, and
  // heal it once they are synced. So does every byte that is written there. OUT_OF_RANGE unless the
  // disk has all of that range on stable storage. Not counted as a call.
  absl::Status Damage(absl::string_view path, int64_t position, absl::string_view bytes);
  // The whole file as it would be without any damage or silent fault. (A store through a region
  // that leaves a damaged byte as it is does not heal it.) Not counted as a call.
  absl::StatusOr<std::string> TrueContents(absl::string_view path) const;

  // Calls so far, of all lives.
  int64_t operations() const;
  int64_t changes() const;

  MemorySnapshot Snapshot() const;
  // As CrashProcess, with the snapshot's files in place of these.
  void Restore(const MemorySnapshot& snapshot);

 private:
  class World;
  class OpenFile;
  class Region;
  class HeldLock;

  std::shared_ptr<World> world() const;
  void BeginLife(std::unique_ptr<MemoryDisk> disk);

  mutable Mutex mutex_;
  std::shared_ptr<World> world_ ABSL_GUARDED_BY(mutex_);
};

// Goes through every sequence of choices, for code whose choices depend only on earlier ones:
//   ExhaustiveChoices choices;
//   do { ...choices.Choose(2)... } while (choices.Next());
class ExhaustiveChoices {
 public:
  uint64_t Choose(uint64_t n);
  Chooser AsChooser() {
    return [this](uint64_t n) { return Choose(n); };
  }
  // Starts the next sequence; false after the last.
  bool Next();

 private:
  struct Choice {
    uint64_t value;
    uint64_t n;
  };
  std::vector<Choice> choices_;
  size_t position_ = 0;
};

// xoshiro256**, seeded through splitmix64. Thread-safe.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed);
  uint64_t Next() override;

 private:
  Mutex mutex_;
  uint64_t state_[4] ABSL_GUARDED_BY(mutex_);
};

// Stands still until it is moved. Thread-safe.
class ManualClock : public Clock {
 public:
  explicit ManualClock(absl::Time now = absl::FromUnixSeconds(1'700'000'000));

  absl::Time Now() override;
  absl::Duration MonotonicNow() override;

  // Moves both clocks forward; `duration` must not be negative.
  void Advance(absl::Duration duration);
  // Sets the wall clock alone, either way.
  void SetNow(absl::Time now);

 private:
  Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  absl::Duration monotonic_now_ ABSL_GUARDED_BY(mutex_) = absl::ZeroDuration();
};

// Runs tasks only while its owner calls one of the Run... or Advance... methods, on that thread.
// Adding and cancelling is thread-safe and may be done by tasks; only one thread may drive. Tasks
// never run are destroyed with it.
class ManualExecutor : public Executor {
 public:
  // Timers follow `clock`. With `order`, each next task is drawn from the ready ones; without, they
  // run in the order in which they became ready. Both must outlive it.
  explicit ManualExecutor(ManualClock* clock, Random* order = nullptr);

  void Run(Task task) override;
  uint64_t RunAfter(absl::Duration delay, Task task) override;
  bool Cancel(uint64_t handle) override;

  // Runs one task that is ready, or whose timer is due by the clock; false if there is none.
  bool RunOne();
  // Runs until nothing is ready or due; returns how many ran. Time stands still.
  int64_t RunUntilIdle();
  // Moves the clock on by `duration`, stopping at each timer to run what is due and what follows.
  void AdvanceBy(absl::Duration duration);
  // Moves the clock to the next timer and runs until idle; false if there is no timer.
  bool AdvanceToNextTimer();

 private:
  using TimerKey = std::pair<absl::Duration, uint64_t>;

  absl::Duration NextDeadline();
  void MoveDueTimers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ManualClock* const clock_;
  Random* const order_;
  Mutex mutex_;
  // By handle, so in the order in which they became ready.
  std::vector<std::pair<uint64_t, Task>> ready_ ABSL_GUARDED_BY(mutex_);
  std::map<TimerKey, Task> timers_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, absl::Duration> deadlines_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_handle_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_MEMORY_ENV_H_
