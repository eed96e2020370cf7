#ifndef TIDEMARK_TESTS_FUZZ_REPAIR_H_
#define TIDEMARK_TESTS_FUZZ_REPAIR_H_

// Checksums made right, so that what is behind them is reached.

#include <string>

#include "absl/strings/string_view.h"

namespace tidemark {

// Batches back to back, as far as their lengths lead.
std::string RepairBatches(absl::string_view bytes);
// `bytes` that are too short for a snapshot come back as they are.
std::string RepairSnapshot(absl::string_view bytes);
// The lines of a topic's file or its kin between a version and a checksum.
std::string RepairCheckedText(absl::string_view text);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_FUZZ_REPAIR_H_
