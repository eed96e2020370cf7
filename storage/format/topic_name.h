#ifndef TIDEMARK_STORAGE_FORMAT_TOPIC_NAME_H_
#define TIDEMARK_STORAGE_FORMAT_TOPIC_NAME_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace tidemark {

inline constexpr int kTopicNameBytesMax = 249;

// Kafka's rule: 1 to 249 characters of [a-zA-Z0-9._-], and neither "." nor "..". Such a name is
// safe in a path. INVALID_ARGUMENT says what is wrong; it shows the name with unprintable
// characters escaped.
absl::Status ValidateTopicName(absl::string_view name);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_TOPIC_NAME_H_
