#include "storage/engine/random_bytes.h"

#include <cstring>

namespace tidemark {

std::array<uint8_t, 16> RandomBytes16(Random* random) {
  const std::array<uint64_t, 2> words = {random->Next(), random->Next()};
  std::array<uint8_t, 16> bytes{};
  static_assert(sizeof(words) == sizeof(bytes));
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

TopicId RandomTopicId(Random* random) {
  // The first six bits of the id are the first character of its text; these are a hyphen.
  constexpr uint8_t kHyphen = 62;
  TopicId id;
  do {
    id.bytes = RandomBytes16(random);
  } while (id.bytes[0] >> 2 == kHyphen);
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

}  // namespace tidemark
