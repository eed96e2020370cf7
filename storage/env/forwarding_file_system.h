#ifndef TIDEMARK_STORAGE_ENV_FORWARDING_FILE_SYSTEM_H_
#define TIDEMARK_STORAGE_ENV_FORWARDING_FILE_SYSTEM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/env.h"

namespace tidemark {

// These hand every call on. A double that does one thing otherwise overrides that.

class ForwardingRegion : public MappedRegion {
 public:
  explicit ForwardingRegion(std::shared_ptr<MappedRegion> target) : target_(std::move(target)) {}

  char* data() const override { return target_->data(); }
  int64_t size_bytes() const override { return target_->size_bytes(); }
  absl::Status Populate(int64_t position, int64_t length_bytes) override {
    return target_->Populate(position, length_bytes);
  }
  absl::Status PopulateForReading(int64_t position, int64_t length_bytes) override {
    return target_->PopulateForReading(position, length_bytes);
  }
  absl::Status Sync(int64_t position, int64_t length_bytes) override {
    return target_->Sync(position, length_bytes);
  }

 private:
  const std::shared_ptr<MappedRegion> target_;
};

class ForwardingFile : public File {
 public:
  explicit ForwardingFile(std::unique_ptr<File> target) : target_(std::move(target)) {}

  absl::StatusOr<int64_t> Read(int64_t position, absl::Span<char> out) override {
    return target_->Read(position, out);
  }
  absl::Status Write(int64_t position, absl::string_view bytes) override {
    return target_->Write(position, bytes);
  }
  absl::StatusOr<int64_t> Size() override { return target_->Size(); }
  absl::Status Truncate(int64_t size_bytes) override { return target_->Truncate(size_bytes); }
  absl::Status Allocate(int64_t size_bytes) override { return target_->Allocate(size_bytes); }
  absl::Status Sync() override { return target_->Sync(); }
  absl::StatusOr<std::shared_ptr<MappedRegion>> Map(MapMode mode, int64_t size_bytes) override {
    return target_->Map(mode, size_bytes);
  }
  absl::StatusOr<int64_t> SendTo(int socket_descriptor, int64_t position,
                                 int64_t length_bytes) override {
    return target_->SendTo(socket_descriptor, position, length_bytes);
  }

 private:
  const std::unique_ptr<File> target_;
};

// A file whose regions are of a double's own.
template <typename Region>
class FileWithRegions : public ForwardingFile {
 public:
  using ForwardingFile::ForwardingFile;

  absl::StatusOr<std::shared_ptr<MappedRegion>> Map(MapMode mode, int64_t size_bytes) override {
    absl::StatusOr<std::shared_ptr<MappedRegion>> region = ForwardingFile::Map(mode, size_bytes);
    if (!region.ok()) return region.status();
    return std::shared_ptr<MappedRegion>(std::make_shared<Region>(*std::move(region)));
  }
};

// Syncs that say OK and do nothing.
class NeverSyncedRegion : public ForwardingRegion {
 public:
  using ForwardingRegion::ForwardingRegion;
  absl::Status Sync(int64_t /*position*/, int64_t /*length_bytes*/) override {
    return absl::OkStatus();
  }
};

class NeverSyncedFile : public FileWithRegions<NeverSyncedRegion> {
 public:
  using FileWithRegions::FileWithRegions;
  absl::Status Sync() override { return absl::OkStatus(); }
};

class ForwardingFileSystem : public FileSystem {
 public:
  // Not owned.
  explicit ForwardingFileSystem(FileSystem* target) : target_(target) {}

  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenMode mode) override {
    return target_->Open(path, mode);
  }
  absl::Status Rename(absl::string_view from, absl::string_view to) override {
    return target_->Rename(from, to);
  }
  absl::Status Remove(absl::string_view path) override { return target_->Remove(path); }
  absl::Status CreateDirectory(absl::string_view path) override {
    return target_->CreateDirectory(path);
  }
  absl::Status RemoveDirectory(absl::string_view path) override {
    return target_->RemoveDirectory(path);
  }
  absl::StatusOr<std::vector<DirectoryEntry>> List(absl::string_view path) override {
    return target_->List(path);
  }
  absl::StatusOr<FileInfo> Stat(absl::string_view path) override { return target_->Stat(path); }
  absl::StatusOr<int64_t> FreeBytes(absl::string_view path) override {
    return target_->FreeBytes(path);
  }
  absl::Status SyncDirectory(absl::string_view path) override {
    return target_->SyncDirectory(path);
  }
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(absl::string_view path) override {
    return target_->Lock(path);
  }

 protected:
  FileSystem* target() const { return target_; }

 private:
  FileSystem* const target_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_FORWARDING_FILE_SYSTEM_H_
