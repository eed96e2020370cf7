#ifndef TIDEMARK_BENCH_DURABLE_LIMITS_H_
#define TIDEMARK_BENCH_DURABLE_LIMITS_H_

// What the machine can do for appends that are on stable storage when they count. All write
// finished batches without summing them, and but for kFdatasyncNew into blocks that were written
// before.

#include <memory>
#include <string>

#include "bench/contender.h"

namespace tidemark {

enum class Flush {
  kDsync,         // pwritev2 with RWF_DSYNC.
  kFdatasync,     // pwrite, then fdatasync.
  kFdatasyncNew,  // The same into allocated blocks that were never written.
};

// Each thread of the load writes and flushes for itself, to the load's partitions in rotation, each
// a file.
std::unique_ptr<Contender> NewFlushEachLimit(const Load& load, Flush flush);

// The threads of the load share one file and its flushes: one of those who wait writes what all
// have brought, with RWF_DSYNC. It first spins for `wait_microseconds`, so that more come.
std::unique_ptr<Contender> NewGroupCommitLimit(const Load& load, int wait_microseconds);

// One thread brings batches while up to `load.outstanding` are not durable yet; another writes what
// there is with one RWF_DSYNC. One file.
std::unique_ptr<Contender> NewGroupCommitAsyncLimit(const Load& load);

// One thread gathers `load.outstanding` batches and writes them with one RWF_DSYNC, again and
// again. One file, whatever the load's partitions: a journal that they share.
std::unique_ptr<Contender> NewJournalLimit(const Load& load);

std::string UringLimitName(int in_flight);

// io_uring with O_DIRECT and RWF_DSYNC, `in_flight` writes at a time, to the load's partitions in
// rotation; a batch takes whole blocks. UNIMPLEMENTED where the kernel forbids io_uring.
std::unique_ptr<Contender> NewUringLimit(const Load& load, int in_flight);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_DURABLE_LIMITS_H_
