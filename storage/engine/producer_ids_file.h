#ifndef TIDEMARK_STORAGE_ENGINE_PRODUCER_IDS_FILE_H_
#define TIDEMARK_STORAGE_ENGINE_PRODUCER_IDS_FILE_H_

// The file that says which producer ids have been given away: docs/format/producer_ids.md.

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tidemark {

inline constexpr absl::string_view kProducerIdsFileName = "tidemark.producer-ids";
inline constexpr absl::string_view kNextProducerIdKey = "next_producer_id";
inline constexpr int64_t kProducerIdsFileBytesMax = 4096;

std::string FormatProducerIdsFile(int64_t next_producer_id);

// The first id that may not have been given away. DATA_LOSS, saying what is wrong and what to do,
// if the text is damaged; FAILED_PRECONDITION for another version.
absl::StatusOr<int64_t> ParseProducerIdsFile(absl::string_view text);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_PRODUCER_IDS_FILE_H_
