#ifndef TIDEMARK_TESTS_FUZZ_FUZZ_INPUT_H_
#define TIDEMARK_TESTS_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace tidemark {

// Takes decisions off the front of a target's input. Behind its end everything is zero.
class FuzzInput {
 public:
  explicit FuzzInput(absl::string_view bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  absl::string_view rest() const { return rest_; }

  uint8_t TakeByte() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  uint16_t TakeUint16() {
    const int high = TakeByte();
    return static_cast<uint16_t>(high << 8 | TakeByte());
  }
  // 0 to n - 1.
  int TakeBelow(int n) { return TakeByte() % n; }

  // At most that many.
  absl::string_view TakeBytes(size_t size_bytes) {
    const absl::string_view bytes = rest_.substr(0, size_bytes);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }

 private:
  absl::string_view rest_;
};

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_FUZZ_FUZZ_INPUT_H_
