#ifndef TIDEMARK_API_CLI_LINE_SPLITTER_H_
#define TIDEMARK_API_CLI_LINE_SPLITTER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace tidemark {

// Cuts a stream of bytes into lines in a buffer of bounded size. A line is everything up to a
// newline, whatever bytes it has.
class LineSplitter {
 public:
  // Longer lines are not kept: see IsTooLong.
  explicit LineSplitter(int64_t line_bytes_max);

  // Room for the next bytes of the stream, at least one; then how many of them came. Ends the views
  // that Next gave. Not to be called while Next still has lines.
  absl::Span<char> Room();
  void Added(int64_t count);

  // Sets `line` to the next whole line, without its newline, and returns true; false if there is
  // none yet.
  bool Next(absl::string_view* line);

  // What is left at the end of the stream: a last line without a newline, if there is one.
  bool TakeRest(absl::string_view* line);

  // True if the line that has begun is longer than what is kept. Nothing more can be read then.
  bool IsTooLong() const { return static_cast<int64_t>(filled_ - begin_) > line_bytes_max_; }

 private:
  const int64_t line_bytes_max_;
  std::vector<char> buffer_;
  size_t begin_ = 0;    // Of the line that has not ended.
  size_t scanned_ = 0;  // No newline in [begin_, scanned_).
  size_t filled_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_LINE_SPLITTER_H_
