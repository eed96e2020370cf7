#include "api/base/java_string_hash.h"

#include <cstddef>
#include <limits>

#include "storage/base/check.h"

namespace tidemark {
namespace {

uint8_t ByteAt(absl::string_view bytes, size_t position) {
  return static_cast<uint8_t>(bytes[position]);
}

// Takes one character off the front. False if it is not well-formed: cut short, longer than it need
// be, a surrogate, or beyond Unicode.
bool TakeCharacter(absl::string_view* rest, uint32_t* character) {
  const uint8_t lead = ByteAt(*rest, 0);
  if (lead < 0x80) {
    *character = lead;
    rest->remove_prefix(1);
    return true;
  }
  if (lead < 0xc2 || lead > 0xf4) return false;
  const size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (rest->size() < size) return false;
  uint32_t value = lead & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    const uint8_t byte = ByteAt(*rest, i);
    if ((byte & 0xc0) != 0x80) return false;
    value = value << 6 | (byte & 0x3fu);
  }
  if (size == 3 && (value < 0x800 || (value >= 0xd800 && value <= 0xdfff))) return false;
  if (size == 4 && (value < 0x10000 || value > 0x10ffff)) return false;
  *character = value;
  rest->remove_prefix(size);
  return true;
}

}  // namespace

absl::optional<int32_t> JavaStringHash(absl::string_view utf8) {
  uint32_t hash = 0;
  while (!utf8.empty()) {
    uint32_t character = 0;
    if (!TakeCharacter(&utf8, &character)) return absl::nullopt;
    if (character >= 0x10000) {
      hash = 31 * hash + (0xd800 + ((character - 0x10000) >> 10));
      character = 0xdc00 + (character & 0x3ff);
    }
    hash = 31 * hash + character;
  }
  return static_cast<int32_t>(hash);
}

PartitionId CoordinatorPartition(int32_t java_string_hash, int32_t partition_count) {
  TM_CHECK(partition_count >= 1);
  if (java_string_hash == std::numeric_limits<int32_t>::min()) return PartitionId(0);
  const int32_t positive = java_string_hash < 0 ? -java_string_hash : java_string_hash;
  return PartitionId(positive % partition_count);
}

}  // namespace tidemark
