#ifndef TIDEMARK_STORAGE_BASE_BYTES_H_
#define TIDEMARK_STORAGE_BASE_BYTES_H_

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "absl/strings/string_view.h"

namespace tidemark {

static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big,
              "mixed-endian machines are not supported");

namespace bytes_internal {

template <std::unsigned_integral T>
constexpr T SwapIfLittleEndian(T value) {
  if constexpr (std::endian::native == std::endian::big || sizeof(T) == 1) {
    return value;
  } else if constexpr (sizeof(T) == 2) {
    return __builtin_bswap16(value);
  } else if constexpr (sizeof(T) == 4) {
    return __builtin_bswap32(value);
  } else {
    static_assert(sizeof(T) == 8);
    return __builtin_bswap64(value);
  }
}

}  // namespace bytes_internal

// The integer whose big-endian bytes start at `bytes`, which need not be aligned.
template <std::integral T>
inline T LoadBigEndian(const char* bytes) {
  std::make_unsigned_t<T> value;
  std::memcpy(&value, bytes, sizeof(value));
  return static_cast<T>(bytes_internal::SwapIfLittleEndian(value));
}

// Writes sizeof(T) bytes at `bytes`, which need not be aligned.
template <std::integral T>
inline void StoreBigEndian(T value, char* bytes) {
  const auto swapped =
      bytes_internal::SwapIfLittleEndian(static_cast<std::make_unsigned_t<T>>(value));
  std::memcpy(bytes, &swapped, sizeof(swapped));
}

// Takes values off the front of bytes that are not trusted. A take that does not fit returns false
// and changes nothing.
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : rest_(bytes), total_bytes_(bytes.size()) {}

  absl::string_view rest() const { return rest_; }
  bool empty() const { return rest_.empty(); }
  // How many bytes have been taken.
  int64_t position() const { return static_cast<int64_t>(total_bytes_ - rest_.size()); }

  // A big-endian integer.
  template <std::integral T>
  [[nodiscard]] bool Take(T* value) {
    if (rest_.size() < sizeof(T)) return false;
    *value = LoadBigEndian<T>(rest_.data());
    rest_.remove_prefix(sizeof(T));
    return true;
  }

  // The next `size_bytes` bytes, in place. False for a negative size, too.
  [[nodiscard]] bool TakeBytes(int64_t size_bytes, absl::string_view* bytes) {
    if (size_bytes < 0 || static_cast<uint64_t>(size_bytes) > rest_.size()) return false;
    *bytes = rest_.substr(0, static_cast<size_t>(size_bytes));
    rest_.remove_prefix(static_cast<size_t>(size_bytes));
    return true;
  }

 private:
  absl::string_view rest_;
  size_t total_bytes_;
};

// True if every byte is zero, as in a tail that was allocated but never written.
inline bool IsZeroFilled(absl::string_view bytes) {
  // Every byte equals its neighbour, and the first one is zero.
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_BASE_BYTES_H_
