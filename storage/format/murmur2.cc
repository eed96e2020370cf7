#include "storage/format/murmur2.h"

#include <cstddef>

#include "storage/base/check.h"

namespace tidemark {
namespace {

constexpr uint32_t kSeed = 0x9747b28c;
constexpr uint32_t kMultiplier = 0x5bd1e995;
constexpr int kShift = 24;

uint32_t ByteAt(absl::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

}  // namespace

uint32_t Murmur2(absl::string_view bytes) {
  uint32_t hash = kSeed ^ static_cast<uint32_t>(bytes.size());
  size_t i = 0;
  for (; bytes.size() - i >= 4; i += 4) {
    uint32_t word = ByteAt(bytes, i) | ByteAt(bytes, i + 1) << 8 | ByteAt(bytes, i + 2) << 16 |
                    ByteAt(bytes, i + 3) << 24;
    word *= kMultiplier;
    word ^= word >> kShift;
    word *= kMultiplier;
    hash *= kMultiplier;
    hash ^= word;
  }
  if (i < bytes.size()) {
    for (size_t tail = 0; i + tail < bytes.size(); ++tail) {
      hash ^= ByteAt(bytes, i + tail) << (8 * tail);
    }
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return hash;
}

PartitionId PartitionForKey(absl::string_view key, int32_t partition_count) {
  TM_CHECK(partition_count >= 1);
  constexpr uint32_t kSignBit = 0x80000000;
  return PartitionId(static_cast<int32_t>(Murmur2(key) & ~kSignBit) % partition_count);
}

}  // namespace tidemark
