#ifndef TIDEMARK_BENCH_STORE_KEY_H_
#define TIDEMARK_BENCH_STORE_KEY_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "storage/base/bytes.h"

namespace tidemark {

// A number as a key that sorts as the number does: 8 bytes, big-endian. Not negative.
class StoreKey {
 public:
  explicit StoreKey(int64_t number) { StoreBigEndian(number, bytes_); }

  const char* data() const { return bytes_; }
  static constexpr size_t size() { return sizeof(int64_t); }

  // -1 for what is no key.
  static int64_t NumberOf(absl::string_view key) {
    return key.size() == size() ? LoadBigEndian<int64_t>(key.data()) : -1;
  }

 private:
  char bytes_[sizeof(int64_t)];
};

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_STORE_KEY_H_
