#include "storage/env/dry_run_file.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr int64_t kChunkBytes = int64_t{1} << 20;

// A region of the base's file, which can only be looked at, or of one in memory.
class DryRunRegion : public MappedRegion {
 public:
  DryRunRegion(std::shared_ptr<MappedRegion> region, std::string path, bool is_writable,
               bool is_memory)
      : region_(std::move(region)),
        path_(std::move(path)),
        is_writable_(is_writable),
        is_memory_(is_memory) {}

  char* data() const override { return region_->data(); }
  int64_t size_bytes() const override { return region_->size_bytes(); }
  absl::Status Populate(int64_t position, int64_t length_bytes) override {
    return is_memory_ ? region_->Populate(position, length_bytes)
                      : region_->PopulateForReading(position, length_bytes);
  }
  absl::Status PopulateForReading(int64_t position, int64_t length_bytes) override {
    return region_->PopulateForReading(position, length_bytes);
  }
  absl::Status Sync(int64_t position, int64_t length_bytes) override {
    if (!is_writable_) {
      return absl::FailedPreconditionError(
          absl::StrCat("sync ", path_, ": opened only for reading"));
    }
    return is_memory_ ? region_->Sync(position, length_bytes) : absl::OkStatus();
  }

 private:
  const std::shared_ptr<MappedRegion> region_;
  const std::string path_;
  const bool is_writable_;
  const bool is_memory_;
};

class DryRunFile : public File {
 public:
  DryRunFile(absl::string_view path, std::shared_ptr<DryRunContent> content,
             std::unique_ptr<File> base, bool is_writable)
      : path_(path),
        content_(std::move(content)),
        base_(std::move(base)),
        is_writable_(is_writable) {}

  absl::StatusOr<int64_t> Read(int64_t position, absl::Span<char> out) override {
    absl::StatusOr<int64_t> read = content_->Read(base_.get(), position, out);
    return read.ok() ? read : Annotate(read.status(), path_);
  }
  absl::Status Write(int64_t position, absl::string_view bytes) override {
    TM_RETURN_IF_ERROR(CheckWritable("write"));
    return Annotate(content_->Write(base_.get(), position, bytes), path_);
  }
  absl::StatusOr<int64_t> Size() override { return content_->Size(); }
  absl::Status Truncate(int64_t size_bytes) override {
    TM_RETURN_IF_ERROR(CheckWritable("truncate"));
    return Annotate(content_->Truncate(base_.get(), size_bytes), path_);
  }
  absl::Status Allocate(int64_t size_bytes) override {
    TM_RETURN_IF_ERROR(CheckWritable("allocate"));
    return Annotate(content_->Allocate(base_.get(), size_bytes), path_);
  }
  absl::Status Sync() override { return absl::OkStatus(); }

  absl::StatusOr<std::shared_ptr<MappedRegion>> Map(MapMode mode, int64_t size_bytes) override {
    if (mode == MapMode::kReadWrite) TM_RETURN_IF_ERROR(CheckWritable("map for writing"));
    const std::shared_ptr<File> memory = content_->memory();
    absl::StatusOr<std::shared_ptr<MappedRegion>> region =
        memory != nullptr ? memory->Map(mode, size_bytes) : base_->Map(MapMode::kRead, size_bytes);
    if (!region.ok()) return Annotate(region.status(), path_);
    return std::shared_ptr<MappedRegion>(
        std::make_shared<DryRunRegion>(*std::move(region), path_, is_writable_, memory != nullptr));
  }

  absl::StatusOr<int64_t> SendTo(int /*socket_descriptor*/, int64_t /*position*/,
                                 int64_t /*length_bytes*/) override {
    return absl::UnimplementedError(absl::StrCat("send from ", path_, ": in a dry run"));
  }

 private:
  absl::Status CheckWritable(absl::string_view operation) const {
    if (is_writable_) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(operation, " ", path_, ": opened only for reading"));
  }

  const std::string path_;
  const std::shared_ptr<DryRunContent> content_;
  const std::unique_ptr<File> base_;
  const bool is_writable_;
};

}  // namespace

std::shared_ptr<File> DryRunContent::memory() const {
  MutexLock lock(&mutex_);
  return memory_;
}

absl::StatusOr<int64_t> DryRunContent::Size() const {
  MutexLock lock(&mutex_);
  if (memory_ != nullptr) return memory_->Size();
  return base_bytes_;
}

absl::StatusOr<int64_t> DryRunContent::Read(File* base, int64_t position,
                                            absl::Span<char> out) const {
  MutexLock lock(&mutex_);
  if (memory_ != nullptr) return memory_->Read(position, out);
  const int64_t rest = std::max<int64_t>(base_bytes_ - position, 0);
  return base->Read(position, out.subspan(0, static_cast<size_t>(std::min<int64_t>(
                                                 rest, static_cast<int64_t>(out.size())))));
}

absl::StatusOr<bool> DryRunContent::Holds(File* base, int64_t position,
                                          absl::string_view bytes) const {
  if (position < 0 || position > base_bytes_ - static_cast<int64_t>(bytes.size())) return false;
  std::string chunk;
  while (!bytes.empty()) {
    chunk.resize(std::min(bytes.size(), static_cast<size_t>(kChunkBytes)));
    TM_ASSIGN_OR_RETURN(const int64_t read, base->Read(position, absl::MakeSpan(chunk)));
    if (read != static_cast<int64_t>(chunk.size()) || bytes.substr(0, chunk.size()) != chunk) {
      return false;
    }
    bytes.remove_prefix(chunk.size());
    position += read;
  }
  return true;
}

absl::Status DryRunContent::TakeIntoMemory(File* base) {
  TM_ASSIGN_OR_RETURN(std::shared_ptr<File> memory, files_->Make());
  TM_RETURN_IF_ERROR(memory->Truncate(base_bytes_));
  std::string chunk;
  for (int64_t position = 0; position < base_bytes_;) {
    chunk.resize(static_cast<size_t>(std::min(kChunkBytes, base_bytes_ - position)));
    TM_ASSIGN_OR_RETURN(const int64_t read, base->Read(position, absl::MakeSpan(chunk)));
    if (read == 0) return absl::UnavailableError("the file became shorter during the dry run");
    TM_RETURN_IF_ERROR(
        memory->Write(position, absl::string_view(chunk).substr(0, static_cast<size_t>(read))));
    position += read;
  }
  memory_ = std::move(memory);
  return absl::OkStatus();
}

absl::Status DryRunContent::Write(File* base, int64_t position, absl::string_view bytes) {
  MutexLock lock(&mutex_);
  if (memory_ == nullptr) {
    TM_ASSIGN_OR_RETURN(const bool holds, Holds(base, position, bytes));
    if (holds) return absl::OkStatus();
    TM_RETURN_IF_ERROR(TakeIntoMemory(base));
  }
  return memory_->Write(position, bytes);
}

absl::Status DryRunContent::Truncate(File* base, int64_t size_bytes) {
  MutexLock lock(&mutex_);
  if (memory_ == nullptr) {
    if (size_bytes >= 0 && size_bytes <= base_bytes_) {
      base_bytes_ = size_bytes;
      return absl::OkStatus();
    }
    TM_RETURN_IF_ERROR(TakeIntoMemory(base));
  }
  return memory_->Truncate(size_bytes);
}

absl::Status DryRunContent::Allocate(File* base, int64_t size_bytes) {
  MutexLock lock(&mutex_);
  if (memory_ == nullptr) {
    if (size_bytes >= 0 && size_bytes <= base_bytes_) return absl::OkStatus();
    TM_RETURN_IF_ERROR(TakeIntoMemory(base));
  }
  return memory_->Allocate(size_bytes);
}

absl::StatusOr<std::shared_ptr<File>> MemoryFiles::Make() {
  MutexLock lock(&mutex_);
  const std::string path = absl::StrCat("/", ++made_count_);
  TM_ASSIGN_OR_RETURN(std::unique_ptr<File> file, file_system_.Open(path, OpenMode::kCreate));
  // Its bytes stay as long as it is open.
  TM_RETURN_IF_ERROR(file_system_.Remove(path));
  return std::shared_ptr<File>(std::move(file));
}

std::unique_ptr<File> NewDryRunFile(absl::string_view path, std::shared_ptr<DryRunContent> content,
                                    std::unique_ptr<File> base, bool is_writable) {
  return std::make_unique<DryRunFile>(path, std::move(content), std::move(base), is_writable);
}

}  // namespace tidemark
