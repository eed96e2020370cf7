#ifndef TIDEMARK_STORAGE_FORMAT_TEXT_LINES_H_
#define TIDEMARK_STORAGE_FORMAT_TEXT_LINES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace tidemark {

// Takes lines off a text that is not trusted, and words the errors about them.
class TextLines {
 public:
  explicit TextLines(absl::string_view text) : rest_(text) {}

  // Sets `line` to the next one, without its LF or CRLF, which the last one may lack. False at the
  // end of the text.
  bool Take(absl::string_view* line);

  // DATA_LOSS that names the last line tried, quotes it, and says what was expected there.
  absl::Status Expected(absl::string_view what) const;

  int number() const { return number_; }  // Of the last line tried, from 1.

 private:
  absl::string_view rest_;
  absl::string_view line_;
  int number_ = 0;
  bool at_end_ = false;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_TEXT_LINES_H_
