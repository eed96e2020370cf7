#ifndef TIDEMARK_STORAGE_ENV_MEMORY_OPEN_FILE_H_
#define TIDEMARK_STORAGE_ENV_MEMORY_OPEN_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/env.h"
#include "storage/env/memory_arena.h"
#include "storage/env/memory_disk.h"
#include "storage/env/memory_world.h"
#include "storage/memory_env.h"

namespace tidemark {

// These three take over one handle of their node, and drop it at the end.

class MemoryFileSystem::OpenFile : public File {
 public:
  OpenFile(std::shared_ptr<World> world, NodeId node, absl::string_view path, bool writable);
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() override;

  absl::StatusOr<int64_t> Read(int64_t position, absl::Span<char> out) override;
  absl::Status Write(int64_t position, absl::string_view bytes) override;
  absl::StatusOr<int64_t> Size() override;
  absl::Status Truncate(int64_t size_bytes) override;
  absl::Status Allocate(int64_t size_bytes) override;
  absl::Status Sync() override;
  absl::Status WriteDurably(int64_t position, absl::Span<const absl::string_view> parts) override;
  absl::StatusOr<std::shared_ptr<MappedRegion>> Map(MapMode mode, int64_t size_bytes) override;
  absl::StatusOr<int64_t> SendTo(int socket_descriptor, int64_t position,
                                 int64_t length_bytes) override;

 private:
  FileOperation Operation(FileOperation::Kind kind, int64_t position, int64_t length_bytes) const;
  absl::Status CheckWritable(absl::string_view operation) const;
  absl::Status WriteWhatFits(MemoryDisk& disk, int64_t position, absl::string_view bytes);

  const std::shared_ptr<World> world_;
  const NodeId node_;
  const std::string path_;
  const bool writable_;
};

class MemoryFileSystem::Region : public MappedRegion {
 public:
  Region(std::shared_ptr<World> world, NodeId node, absl::string_view path, MapMode mode,
         bool syncable, std::shared_ptr<MemoryArena> arena, int64_t size_bytes);
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  ~Region() override;

  char* data() const override { return arena_->data(); }
  int64_t size_bytes() const override { return size_bytes_; }
  absl::Status Populate(int64_t position, int64_t length_bytes) override;
  absl::Status PopulateForReading(int64_t position, int64_t length_bytes) override;
  absl::Status Sync(int64_t position, int64_t length_bytes) override;

 private:
  absl::Status PopulateFor(MapMode mode, int64_t position, int64_t length_bytes);
  absl::Status CheckInside(absl::string_view operation, int64_t position,
                           int64_t length_bytes) const;

  const std::shared_ptr<World> world_;
  const NodeId node_;
  const std::string path_;
  const MapMode mode_;
  const bool syncable_;
  const std::shared_ptr<MemoryArena> arena_;
  const int64_t size_bytes_;
};

class MemoryFileSystem::HeldLock : public FileLock {
 public:
  HeldLock(std::shared_ptr<World> world, NodeId node);
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;
  ~HeldLock() override;

 private:
  const std::shared_ptr<World> world_;
  const NodeId node_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_MEMORY_OPEN_FILE_H_
