#include "api/cli/line_splitter.h"

#include <algorithm>
#include <cstring>

#include "storage/base/check.h"

namespace tidemark {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 18;

}  // namespace

LineSplitter::LineSplitter(int64_t line_bytes_max)
    : line_bytes_max_(line_bytes_max), buffer_(kBufferBytes) {}

absl::Span<char> LineSplitter::Room() {
  TM_CHECK(!IsTooLong());
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, filled_ - begin_);
    filled_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  if (filled_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  return absl::MakeSpan(buffer_).subspan(filled_);
}

void LineSplitter::Added(int64_t count) {
  TM_CHECK(count >= 0 && static_cast<size_t>(count) <= buffer_.size() - filled_);
  filled_ += static_cast<size_t>(count);
}

bool LineSplitter::Next(absl::string_view* line) {
  const char* const data = buffer_.data();
  const void* const newline = std::memchr(data + scanned_, '\n', filled_ - scanned_);
  if (newline == nullptr) {
    scanned_ = filled_;
    return false;
  }
  const size_t end = static_cast<size_t>(static_cast<const char*>(newline) - data);
  *line = absl::string_view(data + begin_, end - begin_);
  begin_ = end + 1;
  scanned_ = begin_;
  return true;
}

bool LineSplitter::TakeRest(absl::string_view* line) {
  if (begin_ == filled_) return false;
  *line = absl::string_view(buffer_.data() + begin_, filled_ - begin_);
  begin_ = filled_;
  scanned_ = filled_;
  return true;
}

}  // namespace tidemark
