#ifndef TIDEMARK_STORAGE_ENV_DIGEST_H_
#define TIDEMARK_STORAGE_ENV_DIGEST_H_

#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"
#include "storage/env/paged_bytes.h"

namespace tidemark {

// Sums up values and bytes, so that two runs over the same are equal and others hardly ever; not
// against an adversary. The same in every process.
class Digest {
 public:
  void Add(uint64_t value) { state_ = Mix(state_ ^ value); }

  void Add(absl::string_view bytes) {
    Add(bytes.size());
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) Add(WordAt(bytes.data()));
    uint64_t rest = 0;
    std::memcpy(&rest, bytes.data(), bytes.size());
    Add(rest);
  }

  // Pages of zeros count as pages that are absent.
  void Add(const PagedBytes& bytes) {
    Add(static_cast<uint64_t>(bytes.size_bytes()));
    for (int64_t index = 0; index < bytes.page_end(); ++index) {
      const PagePointer page = bytes.page(index);
      const uint64_t sum = page == nullptr ? 0 : SumOf(*page);
      if (sum == 0) continue;
      Add(static_cast<uint64_t>(index));
      Add(sum);
    }
  }

  uint64_t value() const { return state_; }

 private:
  static uint64_t WordAt(const char* bytes) {
    uint64_t word;
    std::memcpy(&word, bytes, sizeof(word));
    return word;
  }
  static uint64_t Mix(uint64_t value) {
    value = (value ^ (value >> 32)) * 0x9fb21c651e98df25u;
    return value ^ (value >> 29);
  }
  // 0 for zeros. Four sums side by side, since each step waits for the one before.
  static uint64_t SumOf(const Page& page) {
    uint64_t sums[4] = {};
    for (size_t at = 0; at < page.size(); at += 32) {
      for (size_t lane = 0; lane < 4; ++lane) {
        const uint64_t word = WordAt(page.data() + at + 8 * lane);
        sums[lane] = (sums[lane] ^ word) * 0x9e3779b97f4a7c15u;
        sums[lane] ^= sums[lane] >> 31;
      }
    }
    return Mix(sums[0]) ^ Mix(sums[1] * 3) ^ Mix(sums[2] * 5) ^ Mix(sums[3] * 7);
  }

  uint64_t state_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_DIGEST_H_
