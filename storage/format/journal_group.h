#ifndef TIDEMARK_STORAGE_FORMAT_JOURNAL_GROUP_H_
#define TIDEMARK_STORAGE_FORMAT_JOURNAL_GROUP_H_

// What a journal is made of: docs/format/journal.md.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/types.h"

namespace tidemark {

inline constexpr int64_t kJournalGroupHeaderBytes = 40;
inline constexpr int64_t kJournalEntryHeaderBytes = 48;
// Groups begin at multiples of this, so that none shares a sector with one that is durable.
inline constexpr int64_t kJournalAlignmentBytes = 512;

// The log that an entry is about.
struct JournalKey {
  TopicId topic_id;
  PartitionId partition;

  friend auto operator<=>(const JournalKey& a, const JournalKey& b) {
    return a.topic_id.bytes == b.topic_id.bytes ? a.partition <=> b.partition
                                                : a.topic_id.bytes <=> b.topic_id.bytes;
  }
  friend bool operator==(const JournalKey& a, const JournalKey& b) = default;
};

enum class JournalEntryKind : int32_t {
  kBytes = 1,   // These bytes stand at this position of this segment's .log file.
  kForget = 2,  // Nothing that older entries say of the log holds any more.
};

struct JournalEntry {
  JournalEntryKind kind = JournalEntryKind::kBytes;
  JournalKey log;
  // Of kBytes alone.
  Offset segment_base_offset;
  int64_t position = 0;
  absl::string_view bytes;
};

// Entries that were written, and became durable, together.
struct JournalGroup {
  int64_t generation = 0;  // Of the half that it stands in: each time one is begun, one more.
  int64_t number = 0;      // Within the half, from 0.
  // Nothing of this generation and those before is to be put back any more; -1: of none.
  int64_t done_generation = -1;
  int64_t size_bytes = 0;  // Without what fills it up to the alignment.
  std::vector<JournalEntry> entries;
};

// What a group of these entries takes, up to the next group.
int64_t JournalGroupSpaceBytes(absl::Span<const JournalEntry> entries);

// The part of a group in front of the entries' own bytes, which follow it in order, without gaps.
// What `group` says of sizes and entries is not looked at.
std::string FormatJournalGroupFront(const JournalGroup& group,
                                    absl::Span<const JournalEntry> entries);

// The size of the group that begins with `header`, of kJournalGroupHeaderBytes. DATA_LOSS unless
// one may begin so, and has at most `bytes_max`.
absl::StatusOr<int64_t> JournalGroupSize(absl::string_view header, int64_t bytes_max);

// `bytes` is the whole group; what is returned points into it. DATA_LOSS, saying why, for
// everything that FormatJournalGroupFront does not write.
absl::StatusOr<JournalGroup> ParseJournalGroup(absl::string_view bytes);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_JOURNAL_GROUP_H_
