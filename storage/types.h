#ifndef TIDEMARK_STORAGE_TYPES_H_
#define TIDEMARK_STORAGE_TYPES_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "storage/base/strong_int.h"

namespace tidemark {

// The number of a record within its partition. The first record of a partition has offset 0.
using Offset = StrongInt<struct OffsetTag, int64_t>;

// A byte position within one file.
using FilePosition = StrongInt<struct FilePositionTag, int64_t>;

// Counts the leaders a partition has had (KIP-101). -1 where a batch or a log has none.
using LeaderEpoch = StrongInt<struct LeaderEpochTag, int32_t>;
inline constexpr LeaderEpoch kNoLeaderEpoch{-1};

// Milliseconds since the Unix epoch, as Kafka stores them. -1 where there is none.
using Timestamp = StrongInt<struct TimestampTag, int64_t>;
inline constexpr Timestamp kNoTimestamp{-1};

// The number of a partition within its topic, from 0.
using PartitionId = StrongInt<struct PartitionIdTag, int32_t>;

// An idempotent or transactional producer (KIP-98), its fencing epoch, and its record counter,
// which wraps to 0 after 2^31 - 1. -1 where a batch has none.
using ProducerId = StrongInt<struct ProducerIdTag, int64_t>;
using ProducerEpoch = StrongInt<struct ProducerEpochTag, int16_t>;
using Sequence = StrongInt<struct SequenceTag, int32_t>;
inline constexpr ProducerId kNoProducerId{-1};
inline constexpr ProducerEpoch kNoProducerEpoch{-1};
inline constexpr Sequence kNoSequence{-1};

// 128 bits that name a topic for its whole life, whatever its name (KIP-516). Big-endian.
struct TopicId {
  std::array<uint8_t, 16> bytes{};

  bool IsZero() const { return *this == TopicId{}; }
  friend bool operator==(const TopicId& a, const TopicId& b) { return a.bytes == b.bytes; }
};

// One partition of one topic.
struct TopicPartition {
  std::string topic;
  PartitionId partition;

  friend bool operator==(const TopicPartition&, const TopicPartition&) = default;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

// Where the bytes of an acknowledged append are.
enum class Durability {
  kBuffered,  // In the operating system's page cache: survives the process, not a power loss.
  kDurable,   // On stable storage: survives a power loss.
};

// Who sets a record's timestamp; Kafka's `message.timestamp.type`.
enum class TimestampType { kCreateTime, kLogAppendTime };

// How a batch's records are compressed. The values are those of the batch attributes.
enum class Codec : uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_TYPES_H_
