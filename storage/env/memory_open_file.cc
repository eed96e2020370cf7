#include "storage/env/memory_open_file.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/status_macros.h"
#include "storage/env/errno_status.h"

namespace tidemark {

using Kind = FileOperation::Kind;

MemoryFileSystem::OpenFile::OpenFile(std::shared_ptr<World> world, NodeId node,
                                     absl::string_view path, bool writable)
    : world_(std::move(world)), node_(node), path_(path), writable_(writable) {}

MemoryFileSystem::OpenFile::~OpenFile() { world_->DropHandle(node_); }

FileOperation MemoryFileSystem::OpenFile::Operation(Kind kind, int64_t position,
                                                    int64_t length_bytes) const {
  FileOperation operation;
  operation.kind = kind;
  operation.path = path_;
  operation.position = position;
  operation.length_bytes = length_bytes;
  return operation;
}

absl::Status MemoryFileSystem::OpenFile::CheckWritable(absl::string_view operation) const {
  if (writable_) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(operation, " ", path_, ": opened only for reading"));
}

absl::StatusOr<int64_t> MemoryFileSystem::OpenFile::Read(int64_t position, absl::Span<char> out) {
  const auto length_bytes = static_cast<int64_t>(out.size());
  TM_RETURN_IF_ERROR(CheckFileRange("read", path_, position, length_bytes));
  return world_->Perform(Operation(Kind::kRead, position, length_bytes),
                         [&](MemoryDisk& disk) -> absl::StatusOr<int64_t> {
                           const MemoryFile& file = disk.file(node_);
                           const int64_t read_bytes =
                               std::clamp<int64_t>(file.size_bytes() - position, 0, length_bytes);
                           file.Read(position, out.subspan(0, static_cast<size_t>(read_bytes)));
                           return read_bytes;
                         });
}

// Page by page, so that a full disk leaves a part written, as it does in the world.
absl::Status MemoryFileSystem::OpenFile::WriteWhatFits(MemoryDisk& disk, int64_t position,
                                                       absl::string_view bytes) {
  while (!bytes.empty()) {
    const size_t step =
        std::min(bytes.size(), static_cast<size_t>(kPageBytes - position % kPageBytes));
    TM_RETURN_IF_ERROR(
        disk.PrepareWrite("write", path_, node_, position, static_cast<int64_t>(step)));
    disk.file(node_).Write(position, bytes.substr(0, step));
    bytes.remove_prefix(step);
    position += static_cast<int64_t>(step);
  }
  return absl::OkStatus();
}

absl::Status MemoryFileSystem::OpenFile::Write(int64_t position, absl::string_view bytes) {
  const auto length_bytes = static_cast<int64_t>(bytes.size());
  TM_RETURN_IF_ERROR(CheckFileRange("write", path_, position, length_bytes));
  TM_RETURN_IF_ERROR(CheckWritable("write"));
  return world_->Perform(
      Operation(Kind::kWrite, position, length_bytes),
      [&](MemoryDisk& disk) { return WriteWhatFits(disk, position, bytes); },
      [&](MemoryDisk& disk, const FileFault& fault) {
        const int64_t written_bytes = std::clamp<int64_t>(fault.written_bytes, 0, length_bytes);
        // The hook's error is the one that is returned.
        (void)WriteWhatFits(disk, position, bytes.substr(0, static_cast<size_t>(written_bytes)));
      });
}

absl::StatusOr<int64_t> MemoryFileSystem::OpenFile::Size() {
  return world_->Perform(
      Operation(Kind::kSize, 0, 0),
      [&](MemoryDisk& disk) -> absl::StatusOr<int64_t> { return disk.file(node_).size_bytes(); });
}

absl::Status MemoryFileSystem::OpenFile::Truncate(int64_t size_bytes) {
  TM_RETURN_IF_ERROR(CheckFileRange("truncate", path_, 0, size_bytes));
  TM_RETURN_IF_ERROR(CheckWritable("truncate"));
  return world_->Perform(Operation(Kind::kTruncate, size_bytes, 0), [&](MemoryDisk& disk) {
    return disk.Resize("truncate", path_, node_, size_bytes);
  });
}

absl::Status MemoryFileSystem::OpenFile::Allocate(int64_t size_bytes) {
  TM_RETURN_IF_ERROR(CheckFileRange("allocate", path_, 0, size_bytes));
  TM_RETURN_IF_ERROR(CheckWritable("allocate"));
  return world_->Perform(
      Operation(Kind::kAllocate, size_bytes, 0), [&](MemoryDisk& disk) -> absl::Status {
        TM_RETURN_IF_ERROR(disk.AllocateBlocks("allocate", path_, node_, 0, size_bytes));
        if (size_bytes <= disk.file(node_).size_bytes()) return absl::OkStatus();
        return disk.Resize("allocate", path_, node_, size_bytes);
      });
}

absl::Status MemoryFileSystem::OpenFile::Sync() {
  return world_->Sync(Operation(Kind::kSync, 0, 0), node_, 0, kMemoryFileBytesMax);
}

// A write, and a sync of what was written: a crash may come between the two.
absl::Status MemoryFileSystem::OpenFile::WriteDurably(int64_t position,
                                                      absl::Span<const absl::string_view> parts) {
  const std::string bytes = absl::StrJoin(parts, "");
  TM_RETURN_IF_ERROR(Write(position, bytes));
  const auto length_bytes = static_cast<int64_t>(bytes.size());
  return world_->Sync(Operation(Kind::kSync, position, length_bytes), node_, position,
                      length_bytes);
}

absl::StatusOr<std::shared_ptr<MappedRegion>> MemoryFileSystem::OpenFile::Map(MapMode mode,
                                                                              int64_t size_bytes) {
  TM_RETURN_IF_ERROR(CheckFileRange("map", path_, 0, size_bytes));
  if (size_bytes == 0) {
    return absl::InvalidArgumentError(absl::StrCat("map ", path_, ": no bytes asked for"));
  }
  if (mode == MapMode::kReadWrite) TM_RETURN_IF_ERROR(CheckWritable("map for writing"));
  return world_->Perform(
      Operation(Kind::kMap, 0, size_bytes),
      [&](MemoryDisk& disk) -> absl::StatusOr<std::shared_ptr<MappedRegion>> {
        // No file can be longer, so that more address space would stand for nothing.
        std::shared_ptr<MemoryArena> arena =
            size_bytes > kMemoryFileBytesMax ? nullptr : disk.file(node_).Map(size_bytes);
        if (arena == nullptr) {
          return absl::ResourceExhaustedError(absl::StrCat("map ", size_bytes, " bytes of ", path_,
                                                           ": no address space; map less"));
        }
        disk.AddHandle(node_);
        return std::shared_ptr<MappedRegion>(std::make_shared<Region>(
            world_, node_, path_, mode, writable_, std::move(arena), size_bytes));
      });
}

absl::StatusOr<int64_t> MemoryFileSystem::OpenFile::SendTo(int /*socket_descriptor*/,
                                                           int64_t /*position*/,
                                                           int64_t /*length_bytes*/) {
  return absl::UnimplementedError(
      absl::StrCat("send from ", path_, ": files in memory cannot be sent; read and send"));
}

MemoryFileSystem::Region::Region(std::shared_ptr<World> world, NodeId node, absl::string_view path,
                                 MapMode mode, bool syncable, std::shared_ptr<MemoryArena> arena,
                                 int64_t size_bytes)
    : world_(std::move(world)),
      node_(node),
      path_(path),
      mode_(mode),
      syncable_(syncable),
      arena_(std::move(arena)),
      size_bytes_(size_bytes) {}

MemoryFileSystem::Region::~Region() { world_->DropHandle(node_); }

absl::Status MemoryFileSystem::Region::CheckInside(absl::string_view operation, int64_t position,
                                                   int64_t length_bytes) const {
  TM_RETURN_IF_ERROR(CheckFileRange(operation, path_, position, length_bytes));
  if (position + length_bytes <= size_bytes_) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat(operation, " ", path_, ": position ", position,
                                            " and length ", length_bytes, " are beyond the ",
                                            size_bytes_, " bytes that are mapped"));
}

absl::Status MemoryFileSystem::Region::Populate(int64_t position, int64_t length_bytes) {
  return PopulateFor(mode_, position, length_bytes);
}

absl::Status MemoryFileSystem::Region::PopulateForReading(int64_t position, int64_t length_bytes) {
  return PopulateFor(MapMode::kRead, position, length_bytes);
}

absl::Status MemoryFileSystem::Region::PopulateFor(MapMode mode, int64_t position,
                                                   int64_t length_bytes) {
  TM_RETURN_IF_ERROR(CheckInside("populate", position, length_bytes));
  return world_->Perform(
      {Kind::kPopulate, path_, position, length_bytes}, [&](MemoryDisk& disk) -> absl::Status {
        if (length_bytes == 0) return absl::OkStatus();
        if (position + length_bytes > disk.file(node_).size_bytes()) {
          return absl::OutOfRangeError(absl::StrCat("populate ", path_, ": position ", position,
                                                    " and length ", length_bytes,
                                                    " are beyond the end of the file"));
        }
        if (mode == MapMode::kReadWrite) {
          TM_RETURN_IF_ERROR(disk.PrepareWrite("populate", path_, node_, position, length_bytes));
          disk.file(node_).MarkDirty(position, length_bytes);
        }
        if (disk.file(node_).Populate(position, length_bytes)) return absl::OkStatus();
        return absl::UnavailableError(absl::StrCat("populate ", path_, ": no memory left"));
      });
}

absl::Status MemoryFileSystem::Region::Sync(int64_t position, int64_t length_bytes) {
  TM_RETURN_IF_ERROR(CheckInside("sync", position, length_bytes));
  if (!syncable_) {
    return absl::FailedPreconditionError(
        absl::StrCat("sync ", path_, ": mapped from a file that was opened only for reading"));
  }
  return world_->Sync({Kind::kSync, path_, position, length_bytes}, node_, position, length_bytes);
}

MemoryFileSystem::HeldLock::HeldLock(std::shared_ptr<World> world, NodeId node)
    : world_(std::move(world)), node_(node) {}

MemoryFileSystem::HeldLock::~HeldLock() { world_->ReleaseLock(node_); }

}  // namespace tidemark
