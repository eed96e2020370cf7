#ifndef TIDEMARK_STORAGE_ENV_DRY_RUN_FILE_H_
#define TIDEMARK_STORAGE_ENV_DRY_RUN_FILE_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "storage/memory_env.h"

namespace tidemark {

// Makes files that are nowhere but in memory. Thread-safe.
class MemoryFiles {
 public:
  absl::StatusOr<std::shared_ptr<File>> Make();

 private:
  MemoryFileSystem file_system_;
  Mutex mutex_;
  int64_t made_count_ ABSL_GUARDED_BY(mutex_) = 0;
};

// What one file holds: the first bytes of a file of the base, or bytes in memory. Thread-safe.
class DryRunContent {
 public:
  // The whole of a base's file.
  DryRunContent(int64_t base_bytes, std::shared_ptr<MemoryFiles> files)
      : files_(std::move(files)), base_bytes_(base_bytes) {}
  explicit DryRunContent(std::shared_ptr<File> memory) : memory_(std::move(memory)) {}

  // In all of these `base` is the base's file, opened for reading; it is not touched, and may be
  // null, once the bytes are in memory.
  absl::StatusOr<int64_t> Size() const;
  absl::StatusOr<int64_t> Read(File* base, int64_t position, absl::Span<char> out) const;
  absl::Status Write(File* base, int64_t position, absl::string_view bytes);
  absl::Status Truncate(File* base, int64_t size_bytes);
  absl::Status Allocate(File* base, int64_t size_bytes);
  // Null while it is the base's.
  std::shared_ptr<File> memory() const;

 private:
  absl::StatusOr<bool> Holds(File* base, int64_t position, absl::string_view bytes) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status TakeIntoMemory(File* base) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<MemoryFiles> files_;
  mutable Mutex mutex_;
  int64_t base_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<File> memory_ ABSL_GUARDED_BY(mutex_);
};

// A handle on the content. `base` may be null if it is in memory.
std::unique_ptr<File> NewDryRunFile(absl::string_view path, std::shared_ptr<DryRunContent> content,
                                    std::unique_ptr<File> base, bool is_writable);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_DRY_RUN_FILE_H_
