#ifndef TIDEMARK_BENCH_TAILS_H_
#define TIDEMARK_BENCH_TAILS_H_

// How long after the call of an append a reader on another thread has the record. The append itself
// is a part of it: a reader may have the record before the call has returned. One record is under
// way at a time.

#include <memory>

#include "bench/contender.h"

namespace tidemark {

// A number that one thread stores and another spins on.
std::unique_ptr<Contender> NewHandOverLimit(const Load& load);

enum class TailCall {
  kView,         // The reader spins on Log::View.
  kAwaitAppend,  // The reader is told by Log::AwaitAppend, then views.
  kTail,         // The reader waits in Topic::Tail.
};

std::unique_ptr<Contender> NewTail(const Load& load, TailCall call);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_TAILS_H_
