#include "storage/format/topic_id.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tidemark {

std::string FormatTopicId(const TopicId& topic_id) {
  std::string text = absl::WebSafeBase64Escape(absl::string_view(
      reinterpret_cast<const char*>(topic_id.bytes.data()), topic_id.bytes.size()));
  return text;
}

absl::StatusOr<TopicId> ParseTopicId(absl::string_view text) {
  TopicId topic_id;
  std::string bytes;
  if (absl::WebSafeBase64Unescape(text, &bytes) && bytes.size() == topic_id.bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), topic_id.bytes.begin());
  }
  // The comparison refuses padding, white space and unused bits that are set.
  if (topic_id.IsZero() || FormatTopicId(topic_id) != text) {
    constexpr size_t kShownBytesMax = 64;
    return absl::InvalidArgumentError(absl::StrCat(
        "'", absl::CHexEscape(text.substr(0, kShownBytesMax)),
        "' is not a topic id: 22 characters of URL-safe base64 without padding, not all 'A'"));
  }
  return topic_id;
}

}  // namespace tidemark
