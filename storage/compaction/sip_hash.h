#ifndef TIDEMARK_STORAGE_COMPACTION_SIP_HASH_H_
#define TIDEMARK_STORAGE_COMPACTION_SIP_HASH_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace tidemark {

struct Hash128 {
  uint64_t first = 0;
  uint64_t second = 0;

  friend bool operator==(const Hash128&, const Hash128&) = default;
};

// SipHash-2-4 with 128 bits of result. Who does not know the seed cannot make two inputs collide,
// and a billion inputs collide by chance with a probability below 10^-20.
class SipHasher {
 public:
  SipHasher(uint64_t seed_first, uint64_t seed_second)
      : seed_first_(seed_first), seed_second_(seed_second) {}

  Hash128 Hash(absl::string_view bytes) const;

 private:
  uint64_t seed_first_;
  uint64_t seed_second_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_SIP_HASH_H_
