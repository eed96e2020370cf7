#include "storage/format/partition_metadata.h"

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/format/text_lines.h"
#include "storage/format/topic_id.h"

namespace tidemark {
namespace {

constexpr absl::string_view kVersionLine = "version: 0";
constexpr absl::string_view kTopicIdKey = "topic_id: ";

}  // namespace

std::string FormatPartitionMetadata(const TopicId& topic_id) {
  TM_CHECK(!topic_id.IsZero());
  return absl::StrCat(kVersionLine, "\n", kTopicIdKey, FormatTopicId(topic_id));
}

absl::StatusOr<TopicId> ParsePartitionMetadata(absl::string_view text) {
  TextLines lines(text);
  absl::string_view line;
  if (!lines.Take(&line) || line != kVersionLine) return lines.Expected("'version: 0'");
  if (!lines.Take(&line) || line.substr(0, kTopicIdKey.size()) != kTopicIdKey) {
    return lines.Expected("'topic_id: ' and an id");
  }
  const absl::StatusOr<TopicId> topic_id = ParseTopicId(line.substr(kTopicIdKey.size()));
  if (!topic_id.ok()) return lines.Expected("'topic_id: ' and 22 characters of base64, not zero");
  if (lines.Take(&line)) return lines.Expected("the end");
  return *topic_id;
}

}  // namespace tidemark
