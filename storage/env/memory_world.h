#ifndef TIDEMARK_STORAGE_ENV_MEMORY_WORLD_H_
#define TIDEMARK_STORAGE_ENV_MEMORY_WORLD_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/base/mutex.h"
#include "storage/env/memory_disk.h"
#include "storage/memory_env.h"

namespace tidemark {

// One life of a process on a MemoryFileSystem: the disk as it sees it, and what may go wrong. Every
// file, region and lock holds the life that it was made in, and is dead with it.
class MemoryFileSystem::World {
 public:
  // Orders and counts are those of the life before, if there was one.
  World(std::unique_ptr<MemoryDisk> disk, World* previous);

  // Counts the operation, asks the hook, and runs `effect(disk)`, a Status or StatusOr, under the
  // lock. When the hook fails it, runs `on_fault(disk, fault)` in its place; when it is to go wrong
  // silently, before it.
  template <typename Effect, typename OnFault>
  auto Perform(FileOperation operation, Effect effect, OnFault on_fault)
      -> decltype(effect(std::declval<MemoryDisk&>())) {
    std::shared_ptr<const FileFaultHook> hook;
    {
      MutexLock lock(&mutex_);
      if (frozen_ != nullptr) return Dead(operation);
      Count(&operation);
      hook = hook_;
    }
    const FileFault fault = hook == nullptr ? FileFault() : (*hook)(operation);
    auto result = PerformFaulty(operation, fault, effect, on_fault);
    if (fault.after != nullptr) fault.after();
    return result;
  }
  template <typename Effect>
  auto Perform(FileOperation operation, Effect effect)
      -> decltype(effect(std::declval<MemoryDisk&>())) {
    return Perform(std::move(operation), std::move(effect), [](MemoryDisk&, const FileFault&) {});
  }

  // A kSync of this part of the operation's file.
  absl::Status Sync(const FileOperation& operation, NodeId node, int64_t position,
                    int64_t length_bytes);

  // Operations that are neither counted nor failed.
  bool Exists(absl::string_view path);
  void DropHandle(NodeId node);
  void WriteBack(const Chooser& choose);
  absl::Status Damage(absl::string_view path, int64_t position, absl::string_view bytes);
  absl::StatusOr<std::string> TrueContents(absl::string_view path);

  // Only from within an effect, which holds the lock where the analysis does not see it.
  bool TakeLock(NodeId node) ABSL_NO_THREAD_SAFETY_ANALYSIS { return locked_.insert(node).second; }
  void ReleaseLock(NodeId node);

  void SetFaultHook(FileFaultHook hook);
  void SetCapacityBytes(int64_t capacity_bytes);
  void LetBlocksComeLate();
  void CrashAfterChanges(int64_t changes);
  bool dead();
  int64_t operations();
  int64_t changes();
  int64_t used_bytes();

  // The disk as it is, or as it was at the death.
  std::unique_ptr<MemoryDisk> Image();
  void Die();

 private:
  template <typename Effect, typename OnFault>
  auto PerformFaulty(const FileOperation& operation, const FileFault& fault, Effect& effect,
                     OnFault& on_fault) -> decltype(effect(std::declval<MemoryDisk&>())) {
    MutexLock lock(&mutex_);
    if (frozen_ != nullptr) return Dead(operation);
    if (!fault.status.ok() || fault.silent != SilentFault::kNone) on_fault(*disk_, fault);
    using Result = decltype(effect(*disk_));
    Result result = fault.status.ok() ? effect(*disk_) : Result(fault.status);
    if (fault.crash || IsLast(operation)) frozen_ = disk_->Image();
    return result;
  }
  static absl::Status Dead(const FileOperation& operation);
  void Count(FileOperation* operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsLast(const FileOperation& operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  const std::unique_ptr<MemoryDisk> disk_;
  // What the next life finds; set at the death.
  std::shared_ptr<const MemoryDisk> frozen_ ABSL_GUARDED_BY(mutex_);
  std::set<NodeId> locked_ ABSL_GUARDED_BY(mutex_);
  // Shared, not copied for each call: a hook may carry state.
  std::shared_ptr<const FileFaultHook> hook_ ABSL_GUARDED_BY(mutex_);
  int64_t operations_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  // The change with this ordinal is the last; 0 for no such order.
  int64_t last_change_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_MEMORY_WORLD_H_
