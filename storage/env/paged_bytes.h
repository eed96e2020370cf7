#ifndef TIDEMARK_STORAGE_ENV_PAGED_BYTES_H_
#define TIDEMARK_STORAGE_ENV_PAGED_BYTES_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace tidemark {

constexpr int64_t kPageBytes = 4096;

using Page = std::array<char, kPageBytes>;
using PagePointer = std::shared_ptr<const Page>;

constexpr int64_t PagesFor(int64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes; }

// The bytes of a page; zeros for nullptr.
const Page& BytesOf(const PagePointer& page);

// A run of bytes in shared pages that never change: a copy costs a pointer per page. Bytes beyond
// the size are always zero.
class PagedBytes {
 public:
  int64_t size_bytes() const { return size_bytes_; }

  // One past the last page that was written.
  int64_t page_end() const { return static_cast<int64_t>(pages_.size()); }
  // nullptr for a page of zeros.
  PagePointer page(int64_t index) const;
  void SetPage(int64_t index, PagePointer page);

  // New bytes are zeros.
  void Resize(int64_t size_bytes);

  // The range must lie within the size.
  void Read(int64_t position, absl::Span<char> out) const;
  void Write(int64_t position, absl::string_view bytes);

  // The same pages, not only the same bytes.
  friend bool operator==(const PagedBytes&, const PagedBytes&) = default;

 private:
  int64_t size_bytes_ = 0;
  std::vector<PagePointer> pages_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_PAGED_BYTES_H_
