#ifndef TIDEMARK_STORAGE_ENV_SYSTEM_RANDOM_H_
#define TIDEMARK_STORAGE_ENV_SYSTEM_RANDOM_H_

#include <cstdint>

#include "storage/env.h"

namespace tidemark {

// One call of the kernel for each number: no state that a fork would double.
class SystemRandom : public Random {
 public:
  uint64_t Next() override;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_SYSTEM_RANDOM_H_
