#include "storage/env/paged_bytes.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "storage/base/check.h"

namespace tidemark {

const Page& BytesOf(const PagePointer& page) {
  static constexpr Page kZeros = {};
  return page == nullptr ? kZeros : *page;
}

PagePointer PagedBytes::page(int64_t index) const {
  return index < page_end() ? pages_[static_cast<size_t>(index)] : nullptr;
}

void PagedBytes::SetPage(int64_t index, PagePointer page) {
  if (index >= page_end()) {
    if (page == nullptr) return;
    pages_.resize(static_cast<size_t>(index) + 1);
  }
  pages_[static_cast<size_t>(index)] = std::move(page);
}

void PagedBytes::Resize(int64_t size_bytes) {
  if (size_bytes < size_bytes_) {
    if (page_end() > PagesFor(size_bytes)) pages_.resize(static_cast<size_t>(PagesFor(size_bytes)));
    const int64_t kept_bytes = size_bytes % kPageBytes;
    const int64_t last = size_bytes / kPageBytes;
    if (kept_bytes > 0 && page(last) != nullptr) {
      auto cut = std::make_shared<Page>(*page(last));
      std::fill(cut->begin() + kept_bytes, cut->end(), '\0');
      SetPage(last, std::move(cut));
    }
  }
  size_bytes_ = size_bytes;
}

void PagedBytes::Read(int64_t position, absl::Span<char> out) const {
  TM_CHECK(position >= 0 && position + static_cast<int64_t>(out.size()) <= size_bytes_);
  while (!out.empty()) {
    const int64_t offset = position % kPageBytes;
    const size_t step = std::min(out.size(), static_cast<size_t>(kPageBytes - offset));
    const PagePointer source = page(position / kPageBytes);
    std::memcpy(out.data(), BytesOf(source).data() + offset, step);
    out.remove_prefix(step);
    position += static_cast<int64_t>(step);
  }
}

void PagedBytes::Write(int64_t position, absl::string_view bytes) {
  TM_CHECK(position >= 0 && position + static_cast<int64_t>(bytes.size()) <= size_bytes_);
  while (!bytes.empty()) {
    const int64_t offset = position % kPageBytes;
    const size_t step = std::min(bytes.size(), static_cast<size_t>(kPageBytes - offset));
    const int64_t index = position / kPageBytes;
    auto changed = std::make_shared<Page>(BytesOf(page(index)));
    std::memcpy(changed->data() + offset, bytes.data(), step);
    SetPage(index, std::move(changed));
    bytes.remove_prefix(step);
    position += static_cast<int64_t>(step);
  }
}

}  // namespace tidemark
