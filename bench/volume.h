#ifndef TIDEMARK_BENCH_VOLUME_H_
#define TIDEMARK_BENCH_VOLUME_H_

#include <algorithm>
#include <cstdint>

#include "bench/row.h"

namespace tidemark {

// How much of `full` a round does at this scale, but at least `least`.
inline int64_t Volume(Scale scale, int64_t full, int64_t least) {
  const int64_t divisor = scale == Scale::kFull ? 1 : scale == Scale::kQuick ? 10 : 1000;
  return std::max(full / divisor, least);
}

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_VOLUME_H_
