#include "storage/format/text_lines.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tidemark {

bool TextLines::Take(absl::string_view* line) {
  ++number_;
  if (rest_.empty()) {
    at_end_ = true;
    return false;
  }
  const size_t line_feed = rest_.find('\n');
  line_ = rest_.substr(0, line_feed);
  rest_.remove_prefix(line_feed == absl::string_view::npos ? rest_.size() : line_feed + 1);
  if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
  *line = line_;
  return true;
}

absl::Status TextLines::Expected(absl::string_view what) const {
  if (at_end_) {
    return absl::DataLossError(absl::StrCat("line ", number_, ": the text ends, expected ", what));
  }
  constexpr size_t kShownBytesMax = 80;
  return absl::DataLossError(absl::StrCat("line ", number_, ": found '",
                                          absl::CHexEscape(line_.substr(0, kShownBytesMax)),
                                          "', expected ", what));
}

}  // namespace tidemark
