#include "storage/env/memory_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "storage/base/check.h"

namespace tidemark {
namespace {

// Large enough that a file which grows keeps its first arena.
constexpr int64_t kArenaBytesMin = int64_t{1} << 30;

}  // namespace

MemoryFile::MemoryFile(const MemoryFile& other)
    : pages_(other.pages_),
      durable_(other.durable_),
      least_size_bytes_(other.least_size_bytes_),
      lost_(other.lost_),
      damage_(other.damage_),
      allocated_(other.allocated_),
      allocated_blocks_(other.allocated_blocks_) {
  TM_CHECK(other.arena_ == nullptr);
}

void MemoryFile::Read(int64_t position, absl::Span<char> out) const {
  TM_CHECK(out.empty() || position + static_cast<int64_t>(out.size()) <= size_bytes());
  while (!out.empty()) {
    const int64_t page = position / kPageBytes;
    const size_t step =
        std::min(out.size(), static_cast<size_t>(kPageBytes - position % kPageBytes));
    if (IsOpen(page)) {
      arena_->CopyOut(position, out.data(), static_cast<int64_t>(step));
    } else {
      pages_.Read(position, out.subspan(0, step));
    }
    out.remove_prefix(step);
    position += static_cast<int64_t>(step);
  }
}

void MemoryFile::Write(int64_t position, absl::string_view bytes) {
  const int64_t end = position + static_cast<int64_t>(bytes.size());
  if (end > size_bytes()) pages_.Resize(end);
  damage_.NoteChanged(position, end - position);
  while (!bytes.empty()) {
    const int64_t page = position / kPageBytes;
    const size_t step =
        std::min(bytes.size(), static_cast<size_t>(kPageBytes - position % kPageBytes));
    // Also the same bytes: a page that is written is dirty again.
    lost_.erase(page);
    if (IsOpen(page)) {
      std::memcpy(arena_->data() + position, bytes.data(), step);
    } else {
      pages_.Write(position, bytes.substr(0, step));
    }
    bytes.remove_prefix(step);
    position += static_cast<int64_t>(step);
  }
}

void MemoryFile::Resize(int64_t size_bytes) {
  const int64_t page_end = PagesFor(size_bytes);
  if (size_bytes < pages_.size_bytes()) {
    if (arena_ != nullptr) {
      arena_->CloseFrom(page_end);
      const int64_t last = size_bytes / kPageBytes;
      if (size_bytes % kPageBytes > 0 && arena_->is_open(last)) {
        std::memset(arena_->data() + size_bytes, 0,
                    static_cast<size_t>(page_end * kPageBytes - size_bytes));
      }
    }
    if (page_end < static_cast<int64_t>(allocated_.size())) {
      allocated_.resize(static_cast<size_t>(page_end));
      allocated_blocks_ = std::count(allocated_.begin(), allocated_.end(), true);
    }
    lost_.erase(lost_.lower_bound(page_end), lost_.end());
    damage_.NoteChanged(size_bytes, pages_.size_bytes() - size_bytes);
    least_size_bytes_ = std::min(least_size_bytes_, size_bytes);
  }
  pages_.Resize(size_bytes);
}

int64_t MemoryFile::MissingBlocks(int64_t position, int64_t length_bytes) const {
  int64_t missing = 0;
  for (int64_t page = position / kPageBytes; page < PagesFor(position + length_bytes); ++page) {
    if (page >= static_cast<int64_t>(allocated_.size()) || !allocated_[static_cast<size_t>(page)]) {
      ++missing;
    }
  }
  return missing;
}

void MemoryFile::AllocateBlocks(int64_t position, int64_t length_bytes) {
  const int64_t page_end = PagesFor(position + length_bytes);
  allocated_blocks_ += MissingBlocks(position, length_bytes);
  if (page_end > static_cast<int64_t>(allocated_.size())) {
    allocated_.resize(static_cast<size_t>(page_end));
  }
  for (int64_t page = position / kPageBytes; page < page_end; ++page) {
    allocated_[static_cast<size_t>(page)] = true;
  }
}

std::shared_ptr<MemoryArena> MemoryFile::Map(int64_t size_bytes) {
  if (arena_ != nullptr && size_bytes <= arena_->size_bytes()) return arena_;
  if (arena_ != nullptr) {
    // A wider arena would not be what the living regions see.
    if (arena_.use_count() > 1) return nullptr;
    for (int64_t page = 0; page < arena_->open_end(); ++page) {
      if (IsOpen(page)) pages_.SetPage(page, CopyOfPage(page));
    }
  }
  arena_ = MemoryArena::Reserve(std::max(size_bytes, kArenaBytesMin));
  return arena_;
}

bool MemoryFile::Populate(int64_t position, int64_t length_bytes) {
  TM_CHECK(arena_ != nullptr);
  for (int64_t page = position / kPageBytes; page < PagesFor(position + length_bytes); ++page) {
    if (IsOpen(page)) continue;
    if (!arena_->Open(page, BytesOf(pages_.page(page)))) return false;
    pages_.SetPage(page, nullptr);
  }
  return true;
}

void MemoryFile::MarkDirty(int64_t position, int64_t length_bytes) {
  lost_.erase(lost_.lower_bound(position / kPageBytes),
              lost_.lower_bound(PagesFor(position + length_bytes)));
}

bool MemoryFile::PageEquals(int64_t page, const PagePointer& other) const {
  if (IsOpen(page)) return arena_->Equals(page, BytesOf(other));
  const PagePointer mine = pages_.page(page);
  return mine == other || BytesOf(mine) == BytesOf(other);
}

PagePointer MemoryFile::CopyOfPage(int64_t page) const {
  if (!IsOpen(page)) return pages_.page(page);
  auto copy = std::make_shared<Page>();
  arena_->CopyOut(page * kPageBytes, copy->data(), kPageBytes);
  return copy;
}

int64_t MemoryFile::PageEndFor(int64_t position, int64_t length_bytes) const {
  const int64_t open_end = arena_ == nullptr ? 0 : arena_->open_end();
  const int64_t used_end = std::max({pages_.page_end(), durable_.page_end(), open_end});
  return std::min({PagesFor(position + length_bytes), PagesFor(size_bytes()), used_end});
}

void MemoryFile::WritePage(int64_t page, const PagePointer& bytes) {
  if (IsOpen(page)) {
    std::memcpy(arena_->page_data(page), BytesOf(bytes).data(), kPageBytes);
  } else {
    pages_.SetPage(page, bytes);
  }
}

void MemoryFile::Sync(int64_t position, int64_t length_bytes) {
  durable_.Resize(std::min(durable_.size_bytes(), least_size_bytes_));
  durable_.Resize(size_bytes());
  least_size_bytes_ = size_bytes();
  const int64_t page_end = PageEndFor(position, length_bytes);
  for (int64_t page = position / kPageBytes; page < page_end; ++page) {
    const auto lost = lost_.find(page);
    if (lost != lost_.end()) {
      if (PageEquals(page, lost->second)) continue;
      lost_.erase(lost);
    }
    if (!PageEquals(page, durable_.page(page))) durable_.SetPage(page, CopyOfPage(page));
    damage_.NoteSynced(page, durable_.page(page));
  }
}

std::vector<int64_t> MemoryFile::UnsyncedPages(int64_t position, int64_t length_bytes) const {
  std::vector<int64_t> pages;
  const int64_t page_end = PageEndFor(position, length_bytes);
  for (int64_t page = position / kPageBytes; page < page_end; ++page) {
    const auto lost = lost_.find(page);
    if (lost != lost_.end() && PageEquals(page, lost->second)) continue;
    if (!PageEquals(page, durable_.page(page))) pages.push_back(page);
  }
  return pages;
}

void MemoryFile::Damage(int64_t position, absl::string_view bytes) {
  TM_CHECK(position + static_cast<int64_t>(bytes.size()) <= durable_.size_bytes());
  while (!bytes.empty()) {
    const int64_t page = position / kPageBytes;
    const size_t begin = static_cast<size_t>(position % kPageBytes);
    const size_t step = std::min(bytes.size(), static_cast<size_t>(kPageBytes) - begin);
    auto shown = std::make_shared<Page>(BytesOf(durable_.page(page)));
    std::copy_n(bytes.begin(), step, shown->begin() + static_cast<std::ptrdiff_t>(begin));
    DamagePage(page, std::move(shown));
    bytes.remove_prefix(step);
    position += static_cast<int64_t>(step);
  }
}

void MemoryFile::DamagePage(int64_t page, const PagePointer& shown) {
  const PagePointer old = durable_.page(page);
  const PagePointer seen = CopyOfPage(page);
  // Bytes beyond were cut off since the last sync.
  const int64_t seen_bytes = std::min(least_size_bytes_, size_bytes()) - page * kPageBytes;
  SilentDamage::Mask changed;
  for (size_t i = 0; i < changed.size(); ++i) {
    changed[i] = static_cast<int64_t>(i) >= seen_bytes || BytesOf(seen)[i] != BytesOf(old)[i];
  }
  damage_.Add(page, damage_.RepairedDurable(page, old), shown, changed);
  durable_.SetPage(page, shown);
  auto after = std::make_shared<Page>(BytesOf(seen));
  for (size_t i = 0; i < changed.size(); ++i) {
    if (changed[i] || (*shown)[i] == BytesOf(old)[i]) continue;
    (*after)[i] = (*shown)[i];
    // Not the whole page: others may be storing into it.
    if (IsOpen(page)) arena_->page_data(page)[i] = (*shown)[i];
  }
  if (!IsOpen(page) && page < PagesFor(size_bytes())) pages_.SetPage(page, std::move(after));
}

PagedBytes MemoryFile::TrueBytes() const {
  PagedBytes result = Image().pages_;
  for (int64_t page = 0; page < result.page_end(); ++page) {
    result.SetPage(page, damage_.Repaired(page, result.page(page)));
  }
  return result;
}

void MemoryFile::FailSync(int64_t position, int64_t length_bytes, bool revert) {
  const int64_t page_end = PageEndFor(position, length_bytes);
  for (int64_t page = position / kPageBytes; page < page_end; ++page) {
    const PagePointer durable = durable_.page(page);
    if (PageEquals(page, durable)) continue;
    if (revert) {
      WritePage(page, durable);
      damage_.NoteReverted(page);
    } else {
      lost_[page] = CopyOfPage(page);
    }
  }
}

void MemoryFile::SetDurable(PagedBytes durable) { durable_ = std::move(durable); }

MemoryFile MemoryFile::Image() const {
  MemoryFile image;
  image.pages_ = pages_;
  image.durable_ = durable_;
  image.least_size_bytes_ = least_size_bytes_;
  image.lost_ = lost_;
  image.damage_ = damage_;
  image.allocated_ = allocated_;
  image.allocated_blocks_ = allocated_blocks_;
  const int64_t open_end = arena_ == nullptr ? 0 : arena_->open_end();
  for (int64_t page = 0; page < open_end; ++page) {
    if (!IsOpen(page)) continue;
    const PagePointer durable = durable_.page(page);
    image.pages_.SetPage(page, PageEquals(page, durable) ? durable : CopyOfPage(page));
  }
  return image;
}

const PagedBytes& MemoryFile::current() const {
  TM_CHECK(arena_ == nullptr);
  return pages_;
}

void MemoryFile::ResetTo(PagedBytes bytes) {
  TM_CHECK(arena_ == nullptr);
  damage_.NotePowerLoss(pages_, bytes);
  pages_ = bytes;
  durable_ = std::move(bytes);
  least_size_bytes_ = pages_.size_bytes();
  lost_.clear();
  const auto page_end = static_cast<size_t>(PagesFor(pages_.size_bytes()));
  if (page_end < allocated_.size()) allocated_.resize(page_end);
  for (int64_t page = 0; page < pages_.page_end(); ++page) {
    if (pages_.page(page) != nullptr) AllocateBlocks(page * kPageBytes, 1);
  }
  allocated_blocks_ = std::count(allocated_.begin(), allocated_.end(), true);
}

}  // namespace tidemark
