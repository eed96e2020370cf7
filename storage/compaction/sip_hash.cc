#include "storage/compaction/sip_hash.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace tidemark {
namespace {

struct State {
  uint64_t v0;
  uint64_t v1;
  uint64_t v2;
  uint64_t v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void Take(uint64_t word) {
    v3 ^= word;
    Round();
    Round();
    v0 ^= word;
  }

  uint64_t Finish() {
    for (int i = 0; i < 4; ++i) Round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

uint64_t LoadLittleEndian(const char* bytes, size_t size_bytes) {
  uint64_t word = 0;
  for (size_t i = 0; i < size_bytes; ++i) {
    word |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return word;
}

}  // namespace

Hash128 SipHasher::Hash(absl::string_view bytes) const {
  State state = {
      seed_first_ ^ 0x736f6d6570736575,
      seed_second_ ^ 0x646f72616e646f6d ^ 0xee,
      seed_first_ ^ 0x6c7967656e657261,
      seed_second_ ^ 0x7465646279746573,
  };
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) state.Take(LoadLittleEndian(at, 8));
  state.Take(LoadLittleEndian(at, left) | static_cast<uint64_t>(bytes.size()) << 56);
  state.v2 ^= 0xee;
  const uint64_t first = state.Finish();
  state.v1 ^= 0xdd;
  return {first, state.Finish()};
}

}  // namespace tidemark
