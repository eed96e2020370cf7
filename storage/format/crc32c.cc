#include "storage/format/crc32c.h"

#include <array>
#include <cstddef>

#include "storage/format/crc32c_x86.h"

namespace tidemark {
namespace {

constexpr uint32_t kMirroredPolynomial = 0x82f63b78;

// kTables[k][b] is the sum of byte b followed by k zero bytes, so that eight bytes can be summed by
// eight independent look-ups.
using Tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr Tables MakeTables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1) != 0 ? kMirroredPolynomial : 0);
    }
    tables[0][byte] = value;
  }
  for (size_t k = 1; k < tables.size(); ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t previous = tables[k - 1][byte];
      tables[k][byte] = (previous >> 8) ^ tables[0][previous & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

uint8_t ByteAt(absl::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

uint32_t ExtendWithTables(uint32_t state, absl::string_view bytes) {
  size_t i = 0;
  for (; bytes.size() - i >= 8; i += 8) {
    uint32_t next = 0;
    for (size_t k = 0; k < 8; ++k) {
      const uint8_t carried = k < 4 ? static_cast<uint8_t>(state >> (8 * k)) : uint8_t{0};
      next ^= kTables[7 - k][ByteAt(bytes, i + k) ^ carried];
    }
    state = next;
  }
  for (; i < bytes.size(); ++i) {
    state = (state >> 8) ^ kTables[0][(state ^ ByteAt(bytes, i)) & 0xff];
  }
  return state;
}

crc32c_internal::Extend ChooseImplementation() {
  const crc32c_internal::X86Implementations x86 = crc32c_internal::SupportedX86Implementations();
  if (x86.avx512 != nullptr) return x86.avx512;
  if (x86.sse42 != nullptr) return x86.sse42;
  return &ExtendWithTables;
}

}  // namespace

uint32_t ExtendCrc32c(uint32_t crc, absl::string_view bytes) {
  static const crc32c_internal::Extend extend = ChooseImplementation();
  return ~extend(~crc, bytes);
}

uint32_t Crc32c(absl::string_view bytes) { return ExtendCrc32c(0, bytes); }

uint32_t ExtendCrc32cPortable(uint32_t crc, absl::string_view bytes) {
  return ~ExtendWithTables(~crc, bytes);
}

}  // namespace tidemark
