#ifndef TIDEMARK_STORAGE_ENV_MEMORY_FILE_H_
#define TIDEMARK_STORAGE_ENV_MEMORY_FILE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/env/memory_arena.h"
#include "storage/env/paged_bytes.h"
#include "storage/env/silent_damage.h"

namespace tidemark {

// The largest size of a file in memory.
constexpr int64_t kMemoryFileBytesMax = int64_t{16} << 30;

// One file: its bytes as every reader sees them, those of them that are on stable storage, and
// which blocks it owns. Callers check ranges and room first, and hold the lock of the file system.
//
// The current bytes of a page are in the arena if it is open there, and in `pages_` if not; so the
// regions that share the arena, Read and Write all see the same.
class MemoryFile {
 public:
  MemoryFile() = default;
  // Only a file without an arena can be copied; see Image.
  MemoryFile(const MemoryFile& other);
  MemoryFile& operator=(const MemoryFile&) = delete;

  int64_t size_bytes() const { return pages_.size_bytes(); }
  void Read(int64_t position, absl::Span<char> out) const;
  void Write(int64_t position, absl::string_view bytes);
  void Resize(int64_t size_bytes);

  // Blocks, of kPageBytes each.
  int64_t allocated_blocks() const { return allocated_blocks_; }
  int64_t MissingBlocks(int64_t position, int64_t length_bytes) const;
  void AllocateBlocks(int64_t position, int64_t length_bytes);

  // Address space for at least `size_bytes`. nullptr if there is none, or less is in use by
  // regions.
  std::shared_ptr<MemoryArena> Map(int64_t size_bytes);
  // Makes the range accessible through the arena. False if the system has no memory for it.
  bool Populate(int64_t position, int64_t length_bytes);
  // What a failed Sync lost of the pages around the range is written by the next one.
  void MarkDirty(int64_t position, int64_t length_bytes);

  // Puts the pages around the range, and the size, on stable storage.
  void Sync(int64_t position, int64_t length_bytes);
  // A Sync that failed: the pages are taken for written, though they are not.
  void FailSync(int64_t position, int64_t length_bytes, bool revert);

  // The pages of the range that a Sync would write.
  std::vector<int64_t> UnsyncedPages(int64_t position, int64_t length_bytes) const;

  // The disk has `bytes` in this range of it instead of what was put there, and readers see them,
  // except where the file was changed since.
  void Damage(int64_t position, absl::string_view bytes);
  // The current bytes as they would be without any damage.
  PagedBytes TrueBytes() const;

  const PagedBytes& durable() const { return durable_; }
  // As after a write-back that nobody asked for.
  void SetDurable(PagedBytes durable);

  // A copy that shares unchanged pages, without an arena.
  MemoryFile Image() const;
  // For a file without an arena: nothing of it differs from what is on stable storage, and it
  // shares its pages with that.
  bool is_shared() const { return pages_ == durable_; }
  // For a file without an arena: its current bytes, and both them and the durable ones set.
  const PagedBytes& current() const;
  void ResetTo(PagedBytes bytes);

 private:
  bool IsOpen(int64_t page) const { return arena_ != nullptr && arena_->is_open(page); }
  bool PageEquals(int64_t page, const PagePointer& other) const;
  PagePointer CopyOfPage(int64_t page) const;
  // The pages of [position, position + length) that may hold other bytes than zeros.
  int64_t PageEndFor(int64_t position, int64_t length_bytes) const;
  void WritePage(int64_t page, const PagePointer& bytes);
  void DamagePage(int64_t page, const PagePointer& shown);

  PagedBytes pages_;
  std::shared_ptr<MemoryArena> arena_;
  PagedBytes durable_;
  // The least size since the last Sync: durable bytes beyond it were cut off meanwhile.
  int64_t least_size_bytes_ = 0;
  // What a failed Sync did not write, by page; written by a later one only if it differs by then.
  std::map<int64_t, PagePointer> lost_;
  SilentDamage damage_;
  std::vector<bool> allocated_;
  int64_t allocated_blocks_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_MEMORY_FILE_H_
