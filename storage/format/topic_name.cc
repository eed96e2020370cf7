#include "storage/format/topic_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tidemark {
namespace {

bool IsAllowed(char c) { return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-'; }

// Enough to recognise a name by, however long it is.
std::string Quote(absl::string_view name) {
  constexpr size_t kShownBytesMax = 64;
  return absl::StrCat("topic name '", absl::CHexEscape(name.substr(0, kShownBytesMax)),
                      name.size() > kShownBytesMax ? "...'" : "'");
}

}  // namespace

absl::Status ValidateTopicName(absl::string_view name) {
  if (name.empty()) return absl::InvalidArgumentError("the topic name is empty");
  if (name == "." || name == "..") {
    return absl::InvalidArgumentError(absl::StrCat(Quote(name), " stands for a directory"));
  }
  if (name.size() > size_t{kTopicNameBytesMax}) {
    return absl::InvalidArgumentError(absl::StrCat(Quote(name), " has ", name.size(),
                                                   " characters; at most ", kTopicNameBytesMax,
                                                   " are allowed"));
  }
  const auto bad = std::find_if_not(name.begin(), name.end(), IsAllowed);
  if (bad != name.end()) {
    return absl::InvalidArgumentError(absl::StrCat(
        Quote(name), " has '", absl::CHexEscape(absl::string_view(&*bad, 1)), "' at position ",
        bad - name.begin(), "; only ASCII letters, digits, '.', '_' and '-' are allowed"));
  }
  return absl::OkStatus();
}

}  // namespace tidemark
