#ifndef TIDEMARK_BENCH_SENDS_H_
#define TIDEMARK_BENCH_SENDS_H_

// A log that leaves through a loopback socket without passing through this process, 256 KiB at a
// time; the other end throws it away in the kernel.

#include <memory>

#include "bench/contender.h"

namespace tidemark {

// sendfile of a bare file.
std::unique_ptr<Contender> NewSendfileLimit(const Load& load);

// Log::FileRange, then File::SendTo: what a broker does with a fetch.
std::unique_ptr<Contender> NewLogSend(const Load& load);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_SENDS_H_
