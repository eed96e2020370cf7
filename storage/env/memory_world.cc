#include "storage/env/memory_world.h"

#include "absl/strings/str_cat.h"
#include "storage/env/power_loss.h"
#include "storage/env/wrong_sync.h"

namespace tidemark {

MemoryFileSystem::World::World(std::unique_ptr<MemoryDisk> disk, World* previous)
    : disk_(std::move(disk)) {
  if (previous == nullptr) return;
  MutexLock lock(&previous->mutex_);
  hook_ = previous->hook_;
  operations_ = previous->operations_;
  changes_ = previous->changes_;
  disk_->set_capacity_bytes(previous->disk_->capacity_bytes());
  if (previous->disk_->blocks_come_late()) disk_->LetBlocksComeLate();
}

absl::Status MemoryFileSystem::World::Dead(const FileOperation& operation) {
  return absl::UnavailableError(absl::StrCat(operation.path, ": the process has died"));
}

void MemoryFileSystem::World::Count(FileOperation* operation) {
  operation->ordinal = ++operations_;
  if (operation->kind >= FileOperation::Kind::kCreate) operation->change_ordinal = ++changes_;
}

bool MemoryFileSystem::World::IsLast(const FileOperation& operation) {
  return last_change_ != 0 && operation.change_ordinal >= last_change_;
}

absl::Status MemoryFileSystem::World::Sync(const FileOperation& operation, NodeId node,
                                           int64_t position, int64_t length_bytes) {
  return Perform(
      operation,
      [&](MemoryDisk& disk) { return disk.Sync(operation.path, node, position, length_bytes); },
      [&](MemoryDisk& disk, const FileFault& fault) {
        SyncWrongly(fault, operation.path, node, position, length_bytes, &disk);
      });
}

bool MemoryFileSystem::World::Exists(absl::string_view path) {
  MutexLock lock(&mutex_);
  return disk_->Exists(path);
}

void MemoryFileSystem::World::DropHandle(NodeId node) {
  MutexLock lock(&mutex_);
  disk_->DropHandle(node);
}

void MemoryFileSystem::World::WriteBack(const Chooser& choose) {
  MutexLock lock(&mutex_);
  if (frozen_ == nullptr) WriteBackSome(choose, disk_.get());
}

absl::Status MemoryFileSystem::World::Damage(absl::string_view path, int64_t position,
                                             absl::string_view bytes) {
  MutexLock lock(&mutex_);
  if (frozen_ != nullptr) return Dead({.path = std::string(path)});
  return disk_->Damage(path, position, bytes);
}

absl::StatusOr<std::string> MemoryFileSystem::World::TrueContents(absl::string_view path) {
  MutexLock lock(&mutex_);
  return (frozen_ == nullptr ? *disk_ : *frozen_).TrueContents(path);
}

void MemoryFileSystem::World::ReleaseLock(NodeId node) {
  MutexLock lock(&mutex_);
  locked_.erase(node);
  disk_->DropHandle(node);
}

void MemoryFileSystem::World::SetFaultHook(FileFaultHook hook) {
  auto shared = hook == nullptr ? nullptr : std::make_shared<const FileFaultHook>(std::move(hook));
  MutexLock lock(&mutex_);
  hook_.swap(shared);
}

void MemoryFileSystem::World::SetCapacityBytes(int64_t capacity_bytes) {
  MutexLock lock(&mutex_);
  disk_->set_capacity_bytes(capacity_bytes);
}

void MemoryFileSystem::World::LetBlocksComeLate() {
  MutexLock lock(&mutex_);
  disk_->LetBlocksComeLate();
}

void MemoryFileSystem::World::CrashAfterChanges(int64_t changes) {
  MutexLock lock(&mutex_);
  last_change_ = changes == 0 ? 0 : changes_ + changes;
}

bool MemoryFileSystem::World::dead() {
  MutexLock lock(&mutex_);
  return frozen_ != nullptr;
}

int64_t MemoryFileSystem::World::operations() {
  MutexLock lock(&mutex_);
  return operations_;
}

int64_t MemoryFileSystem::World::changes() {
  MutexLock lock(&mutex_);
  return changes_;
}

int64_t MemoryFileSystem::World::used_bytes() {
  MutexLock lock(&mutex_);
  return disk_->used_bytes();
}

std::unique_ptr<MemoryDisk> MemoryFileSystem::World::Image() {
  MutexLock lock(&mutex_);
  return frozen_ == nullptr ? disk_->Image() : std::make_unique<MemoryDisk>(*frozen_);
}

void MemoryFileSystem::World::Die() {
  MutexLock lock(&mutex_);
  if (frozen_ == nullptr) frozen_ = disk_->Image();
}

}  // namespace tidemark
