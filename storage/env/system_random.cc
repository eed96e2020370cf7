#include "storage/env/system_random.h"

#include <sys/random.h>

#include "storage/base/check.h"
#include "storage/env/posix_descriptor.h"

namespace tidemark {

uint64_t SystemRandom::Next() {
  uint64_t number = 0;
  const ssize_t filled = RetryInterrupted([&] { return getrandom(&number, sizeof(number), 0); });
  // The kernel gives up to 256 bytes whole. Going on without would hand out equal identifiers.
  TM_CHECK(filled == static_cast<ssize_t>(sizeof(number)));
  return number;
}

}  // namespace tidemark
