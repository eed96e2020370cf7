#ifndef TIDEMARK_STORAGE_FORMAT_TOPIC_ID_H_
#define TIDEMARK_STORAGE_FORMAT_TOPIC_ID_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/types.h"

namespace tidemark {

// A topic id in Kafka's text form: 22 characters of URL-safe base64 without padding.
std::string FormatTopicId(const TopicId& topic_id);

// INVALID_ARGUMENT unless `text` is what FormatTopicId writes for some id other than zero, which
// Kafka reserves.
absl::StatusOr<TopicId> ParseTopicId(absl::string_view text);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_TOPIC_ID_H_
