#ifndef TIDEMARK_STORAGE_RECORD_H_
#define TIDEMARK_STORAGE_RECORD_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/types.h"

namespace tidemark {

// A name and a value that travel with a record. An absent value differs from an empty one.
struct RecordHeader {
  absl::string_view key;  // UTF-8.
  absl::optional<absl::string_view> value = absl::nullopt;
};

// A record to be appended. Views: the caller keeps the bytes alive for the call that takes it.
struct Record {
  absl::optional<absl::string_view> key = absl::nullopt;    // Absent: no key.
  absl::optional<absl::string_view> value = absl::nullopt;  // Absent: a tombstone (compaction).
  absl::Span<const RecordHeader> headers = {};
  Timestamp timestamp = kNoTimestamp;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_RECORD_H_
