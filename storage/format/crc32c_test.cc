#include "storage/format/crc32c.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/format/crc32c_x86.h"

namespace tidemark {
namespace {

constexpr size_t kLengthMax = 4096;

struct Implementation {
  const char* name;
  uint32_t (*extend)(uint32_t crc, absl::string_view bytes);
};

uint32_t ExtendSse42(uint32_t crc, absl::string_view bytes) {
  return ~crc32c_internal::SupportedX86Implementations().sse42(~crc, bytes);
}

uint32_t ExtendAvx512(uint32_t crc, absl::string_view bytes) {
  return ~crc32c_internal::SupportedX86Implementations().avx512(~crc, bytes);
}

// All that this machine can run, besides the table.
std::vector<Implementation> Implementations() {
  std::vector<Implementation> result = {{"chosen", &ExtendCrc32c}};
  const crc32c_internal::X86Implementations x86 = crc32c_internal::SupportedX86Implementations();
  if (x86.sse42 != nullptr) result.push_back({"sse42", &ExtendSse42});
  if (x86.avx512 != nullptr) result.push_back({"avx512", &ExtendAvx512});
  return result;
}

std::string Noise(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

// The definition, bit by bit.
uint32_t SumOfPrefix(uint32_t state, char byte) {
  state ^= static_cast<uint8_t>(byte);
  for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? 0x82f63b78 : 0);
  return state;
}

TEST(Crc32c, GivesTheCheckValueOfItsDefinition) {
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283);
  EXPECT_EQ(ExtendCrc32cPortable(0, "123456789"), 0xe3069283);
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST(Crc32c, EveryImplementationAgreesWithTheDefinitionForAllLengths) {
  const std::string bytes = Noise(kLengthMax);
  uint32_t state = ~uint32_t{0};
  for (size_t length = 0; length <= kLengthMax; ++length) {
    const absl::string_view prefix = absl::string_view(bytes).substr(0, length);
    ASSERT_EQ(ExtendCrc32cPortable(0, prefix), ~state) << length;
    for (const Implementation& implementation : Implementations()) {
      ASSERT_EQ(implementation.extend(0, prefix), ~state) << implementation.name << " " << length;
    }
    if (length < kLengthMax) state = SumOfPrefix(state, bytes[length]);
  }
}

TEST(Crc32c, EveryImplementationAgreesWithTheTableForAllAlignments) {
  constexpr size_t kAlignments = 64;
  const std::string bytes = Noise(kLengthMax + kAlignments);
  for (const Implementation& implementation : Implementations()) {
    for (size_t length = 0; length <= kLengthMax; length += length < 600 ? 1 : 97) {
      const size_t alignment = (length * 7) % kAlignments;
      const absl::string_view part = absl::string_view(bytes).substr(alignment, length);
      ASSERT_EQ(implementation.extend(0, part), ExtendCrc32cPortable(0, part))
          << implementation.name << ": " << length << " bytes at " << alignment;
    }
    for (size_t alignment = 0; alignment < kAlignments; ++alignment) {
      const absl::string_view part = absl::string_view(bytes).substr(alignment, 1500);
      ASSERT_EQ(implementation.extend(0, part), ExtendCrc32cPortable(0, part))
          << implementation.name << ": at " << alignment;
    }
  }
}

TEST(Crc32c, EveryImplementationExtendsOverSplitBuffers) {
  const std::string bytes = Noise(kLengthMax);
  const uint32_t whole = ExtendCrc32cPortable(0, bytes);
  for (const Implementation& implementation : Implementations()) {
    for (size_t split = 0; split <= kLengthMax; ++split) {
      const uint32_t first = implementation.extend(0, absl::string_view(bytes).substr(0, split));
      ASSERT_EQ(implementation.extend(first, absl::string_view(bytes).substr(split)), whole)
          << implementation.name << ": split at " << split;
    }
  }
}

}  // namespace
}  // namespace tidemark
