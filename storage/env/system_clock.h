#ifndef TIDEMARK_STORAGE_ENV_SYSTEM_CLOCK_H_
#define TIDEMARK_STORAGE_ENV_SYSTEM_CLOCK_H_

#include "absl/time/time.h"
#include "storage/env.h"

namespace tidemark {

class SystemClock : public Clock {
 public:
  absl::Time Now() override;
  absl::Duration MonotonicNow() override;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_SYSTEM_CLOCK_H_
