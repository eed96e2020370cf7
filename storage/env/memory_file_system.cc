#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/memory_disk.h"
#include "storage/env/memory_open_file.h"
#include "storage/env/memory_world.h"
#include "storage/env/power_loss.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

using Kind = FileOperation::Kind;

Chooser ChooserOf(Random* random) {
  return [random](uint64_t n) { return random->Next() % n; };
}

FileOperation OperationOn(Kind kind, absl::string_view path) {
  FileOperation operation;
  operation.kind = kind;
  operation.path = std::string(path);
  return operation;
}

}  // namespace

MemorySnapshot MemorySnapshot::AfterPowerLoss(PowerLossMode mode, const Chooser& choose) const {
  auto disk = std::make_shared<MemoryDisk>(*disk_);
  LosePower(mode, choose, disk.get());
  return MemorySnapshot(std::move(disk));
}

int64_t MemorySnapshot::unsynced_changes() const { return CountUnsynced(*disk_); }

uint64_t MemorySnapshot::FilesDigest() const { return disk_->FilesDigest(); }

uint64_t MemorySnapshot::Digest() const { return disk_->Digest(); }

MemoryFileSystem::MemoryFileSystem() { BeginLife(std::make_unique<MemoryDisk>()); }

MemoryFileSystem::MemoryFileSystem(const MemorySnapshot& snapshot) { Restore(snapshot); }

MemoryFileSystem::~MemoryFileSystem() = default;

std::shared_ptr<MemoryFileSystem::World> MemoryFileSystem::world() const {
  MutexLock lock(&mutex_);
  return world_;
}

void MemoryFileSystem::BeginLife(std::unique_ptr<MemoryDisk> disk) {
  MutexLock lock(&mutex_);
  world_ = std::make_shared<World>(std::move(disk), world_.get());
}

absl::StatusOr<std::unique_ptr<File>> MemoryFileSystem::Open(absl::string_view path,
                                                             OpenMode mode) {
  const std::shared_ptr<World> world = this->world();
  const bool create = mode == OpenMode::kCreate;
  const Kind kind = create && !world->Exists(path) ? Kind::kCreate : Kind::kOpen;
  return world->Perform(
      OperationOn(kind, path), [&](MemoryDisk& disk) -> absl::StatusOr<std::unique_ptr<File>> {
        TM_ASSIGN_OR_RETURN(const NodeId node, disk.OpenFile("open", path, create));
        disk.AddHandle(node);
        return std::unique_ptr<File>(
            std::make_unique<OpenFile>(world, node, path, /*writable=*/mode != OpenMode::kRead));
      });
}

absl::Status MemoryFileSystem::Rename(absl::string_view from, absl::string_view to) {
  return world()->Perform(OperationOn(Kind::kRename, from),
                          [&](MemoryDisk& disk) { return disk.Rename(from, to); });
}

absl::Status MemoryFileSystem::Remove(absl::string_view path) {
  return world()->Perform(OperationOn(Kind::kRemove, path),
                          [&](MemoryDisk& disk) { return disk.Remove(path); });
}

absl::Status MemoryFileSystem::CreateDirectory(absl::string_view path) {
  return world()->Perform(OperationOn(Kind::kCreateDirectory, path),
                          [&](MemoryDisk& disk) { return disk.CreateDirectory(path); });
}

absl::Status MemoryFileSystem::RemoveDirectory(absl::string_view path) {
  return world()->Perform(OperationOn(Kind::kRemoveDirectory, path),
                          [&](MemoryDisk& disk) { return disk.RemoveDirectory(path); });
}

absl::StatusOr<std::vector<DirectoryEntry>> MemoryFileSystem::List(absl::string_view path) {
  return world()->Perform(OperationOn(Kind::kList, path),
                          [&](MemoryDisk& disk) { return disk.List(path); });
}

absl::StatusOr<FileInfo> MemoryFileSystem::Stat(absl::string_view path) {
  return world()->Perform(OperationOn(Kind::kStat, path),
                          [&](MemoryDisk& disk) { return disk.Stat(path); });
}

absl::StatusOr<int64_t> MemoryFileSystem::FreeBytes(absl::string_view path) {
  return world()->Perform(OperationOn(Kind::kFreeBytes, path),
                          [&](MemoryDisk& disk) { return disk.FreeBytes(path); });
}

absl::Status MemoryFileSystem::SyncDirectory(absl::string_view path) {
  return world()->Perform(OperationOn(Kind::kSyncDirectory, path),
                          [&](MemoryDisk& disk) { return disk.SyncDirectory(path); });
}

absl::StatusOr<std::unique_ptr<FileLock>> MemoryFileSystem::Lock(absl::string_view path) {
  const std::shared_ptr<World> world = this->world();
  const Kind kind = world->Exists(path) ? Kind::kLock : Kind::kCreate;
  return world->Perform(
      OperationOn(kind, path), [&](MemoryDisk& disk) -> absl::StatusOr<std::unique_ptr<FileLock>> {
        TM_ASSIGN_OR_RETURN(const NodeId node, disk.OpenFile("lock", path, /*create=*/true));
        if (!world->TakeLock(node)) {
          return absl::FailedPreconditionError(
              absl::StrCat("lock ", path, ": held by another opener; close that one first"));
        }
        disk.AddHandle(node);
        return std::unique_ptr<FileLock>(std::make_unique<HeldLock>(world, node));
      });
}

void MemoryFileSystem::CrashProcess() {
  const std::shared_ptr<World> world = this->world();
  world->Die();
  BeginLife(world->Image());
}

void MemoryFileSystem::PowerLoss(PowerLossMode mode, Random* random) {
  PowerLoss(mode, ChooserOf(random));
}

void MemoryFileSystem::PowerLoss(PowerLossMode mode, const Chooser& choose) {
  const std::shared_ptr<World> world = this->world();
  world->Die();
  std::unique_ptr<MemoryDisk> disk = world->Image();
  LosePower(mode, choose, disk.get());
  BeginLife(std::move(disk));
}

void MemoryFileSystem::WriteBack(Random* random) { world()->WriteBack(ChooserOf(random)); }

absl::Status MemoryFileSystem::Damage(absl::string_view path, int64_t position,
                                      absl::string_view bytes) {
  return world()->Damage(path, position, bytes);
}

absl::StatusOr<std::string> MemoryFileSystem::TrueContents(absl::string_view path) const {
  return world()->TrueContents(path);
}

void MemoryFileSystem::CrashAfterChanges(int64_t changes) { world()->CrashAfterChanges(changes); }

bool MemoryFileSystem::crashed() const { return world()->dead(); }

void MemoryFileSystem::SetFaultHook(FileFaultHook hook) { world()->SetFaultHook(std::move(hook)); }

void MemoryFileSystem::SetCapacityBytes(int64_t capacity_bytes) {
  world()->SetCapacityBytes(capacity_bytes);
}

void MemoryFileSystem::LetBlocksComeLate() { world()->LetBlocksComeLate(); }

int64_t MemoryFileSystem::used_bytes() const { return world()->used_bytes(); }

int64_t MemoryFileSystem::operations() const { return world()->operations(); }

int64_t MemoryFileSystem::changes() const { return world()->changes(); }

MemorySnapshot MemoryFileSystem::Snapshot() const { return MemorySnapshot(world()->Image()); }

void MemoryFileSystem::Restore(const MemorySnapshot& snapshot) {
  const std::shared_ptr<World> world = this->world();
  if (world != nullptr) world->Die();
  BeginLife(std::make_unique<MemoryDisk>(*snapshot.disk()));
}

}  // namespace tidemark
