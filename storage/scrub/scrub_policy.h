#ifndef TIDEMARK_STORAGE_SCRUB_SCRUB_POLICY_H_
#define TIDEMARK_STORAGE_SCRUB_SCRUB_POLICY_H_

#include <cstddef>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace tidemark {

// Which log to scrub next, by when each was scrubbed last, on the monotonic clock; absent: not yet.
// One that was not is due at once, the others once `interval` has passed; the one that has waited
// longest is first. Nothing is due if the interval is not above zero.
absl::optional<size_t> NextToScrub(absl::Span<const absl::optional<absl::Duration>> last_scrubs,
                                   absl::Duration now, absl::Duration interval);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SCRUB_SCRUB_POLICY_H_
