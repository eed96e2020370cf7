#ifndef TIDEMARK_STORAGE_FORMAT_VARINT_H_
#define TIDEMARK_STORAGE_FORMAT_VARINT_H_

// Variable-length integers: seven bits a byte, lowest first, the top bit set on all but the last.
// The signed forms are zig-zag encoded. See docs/format/record_batch.md.

#include <bit>
#include <cstddef>
#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"

namespace tidemark {

inline constexpr int kVarintBytesMax = 5;    // 32 bits.
inline constexpr int kVarlongBytesMax = 10;  // 64 bits.

constexpr uint32_t ZigZag(int32_t value) {
  return (static_cast<uint32_t>(value) << 1) ^ static_cast<uint32_t>(value >> 31);
}
constexpr uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int32_t UnZigZag(uint32_t value) {
  return static_cast<int32_t>((value >> 1) ^ (~(value & 1) + 1));
}
constexpr int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

// The number of bytes that Write... writes: (bits + 6) / 7, and 1 for zero.
constexpr int UnsignedVarintSize(uint32_t value) {
  return (std::bit_width(value | 1) * 9 + 64) / 64;
}
constexpr int UnsignedVarlongSize(uint64_t value) {
  return (std::bit_width(value | 1) * 9 + 64) / 64;
}
constexpr int VarintSize(int32_t value) { return UnsignedVarintSize(ZigZag(value)); }
constexpr int VarlongSize(int64_t value) { return UnsignedVarlongSize(ZigZag(value)); }

static_assert(VarintSize(INT32_MIN) == kVarintBytesMax);
static_assert(VarlongSize(INT64_MIN) == kVarlongBytesMax);

// Write a value at `out`, which has room for it, and return the byte behind it.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline char* WriteUnsignedVarlong(uint64_t value, char* out) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}
ABSL_ATTRIBUTE_ALWAYS_INLINE inline char* WriteUnsignedVarint(uint32_t value, char* out) {
  return WriteUnsignedVarlong(value, out);
}
ABSL_ATTRIBUTE_ALWAYS_INLINE inline char* WriteVarint(int32_t value, char* out) {
  return WriteUnsignedVarlong(ZigZag(value), out);
}
ABSL_ATTRIBUTE_ALWAYS_INLINE inline char* WriteVarlong(int64_t value, char* out) {
  return WriteUnsignedVarlong(ZigZag(value), out);
}

namespace varint_internal {

// Takes an encoded value of at most `kBits` bits off the front of `rest`.
template <typename T, int kBits>
[[nodiscard]] bool TakeOfAnyLength(absl::string_view* rest, T* value) {
  T result = 0;
  int shift = 0;
  for (size_t i = 0; i < rest->size(); ++i, shift += 7) {
    const uint8_t byte = static_cast<uint8_t>((*rest)[i]);
    // The last byte that fits has room for only some of its seven bits, and nothing may follow it.
    if (kBits - shift < 8 && (byte >> (kBits - shift)) != 0) return false;
    result |= static_cast<T>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = result;
      rest->remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

// Same. Most values have one byte or two.
template <typename T, int kBits>
[[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Take(absl::string_view* rest, T* value) {
  const size_t size = rest->size();
  if (size == 0) [[unlikely]]
    return false;
  const uint8_t first = static_cast<uint8_t>(rest->data()[0]);
  if (first < 0x80) {
    *value = first;
    rest->remove_prefix(1);
    return true;
  }
  if (size == 1) [[unlikely]]
    return false;
  const uint8_t second = static_cast<uint8_t>(rest->data()[1]);
  if (second < 0x80) [[likely]] {
    *value = static_cast<T>((first & 0x7f) | (second << 7));
    rest->remove_prefix(2);
    return true;
  }
  // Copies go to the call, so that the caller's own can stay in registers.
  absl::string_view rest_copy = *rest;
  T value_copy;
  if (!TakeOfAnyLength<T, kBits>(&rest_copy, &value_copy)) return false;
  *rest = rest_copy;
  *value = value_copy;
  return true;
}

}  // namespace varint_internal

// Take a value off the front of `rest`. Return false, and change nothing, if the bytes end within
// the value, if it is longer than 5 (varint) or 10 (varlong) bytes, or if it needs more than 32 or
// 64 bits. A value padded with zero bits to at most that length is accepted, as Kafka does.
[[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool TakeUnsignedVarint(absl::string_view* rest,
                                                                          uint32_t* value) {
  return varint_internal::Take<uint32_t, 32>(rest, value);
}
[[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool TakeUnsignedVarlong(absl::string_view* rest,
                                                                           uint64_t* value) {
  return varint_internal::Take<uint64_t, 64>(rest, value);
}
[[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool TakeVarint(absl::string_view* rest,
                                                                  int32_t* value) {
  uint32_t raw;
  if (!TakeUnsignedVarint(rest, &raw)) return false;
  *value = UnZigZag(raw);
  return true;
}
[[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool TakeVarlong(absl::string_view* rest,
                                                                   int64_t* value) {
  uint64_t raw;
  if (!TakeUnsignedVarlong(rest, &raw)) return false;
  *value = UnZigZag(raw);
  return true;
}

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_VARINT_H_
