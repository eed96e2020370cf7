#ifndef TIDEMARK_API_CATALOG_INTERNAL_TOPICS_H_
#define TIDEMARK_API_CATALOG_INTERNAL_TOPICS_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tidemark {

inline constexpr absl::string_view kOffsetsTopic = "__consumer_offsets";
inline constexpr absl::string_view kTransactionsTopic = "__transaction_state";

// Topics that are kept by Tidemark, as by Kafka's brokers, and read by everybody.
inline bool IsInternalTopic(absl::string_view topic) {
  return topic == kOffsetsTopic || topic == kTransactionsTopic;
}

// INVALID_ARGUMENT for an internal topic. `action` completes "users do not ...".
inline absl::Status CheckNotInternal(absl::string_view topic, absl::string_view action) {
  if (!IsInternalTopic(topic)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(topic, ": users do not ", action, " this topic, which is internal"));
}

}  // namespace tidemark

#endif  // TIDEMARK_API_CATALOG_INTERNAL_TOPICS_H_
