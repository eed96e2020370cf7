#include "storage/scrub/scrub_policy.h"

namespace tidemark {

absl::optional<size_t> NextToScrub(absl::Span<const absl::optional<absl::Duration>> last_scrubs,
                                   absl::Duration now, absl::Duration interval) {
  if (interval <= absl::ZeroDuration()) return absl::nullopt;
  absl::optional<size_t> next;
  for (size_t i = 0; i < last_scrubs.size(); ++i) {
    if (!last_scrubs[i].has_value()) return i;
    if (now - *last_scrubs[i] < interval) continue;
    if (!next.has_value() || *last_scrubs[i] < *last_scrubs[*next]) next = i;
  }
  return next;
}

}  // namespace tidemark
