#ifndef TIDEMARK_TESTS_POSIX_POSIX_SHIM_H_
#define TIDEMARK_TESTS_POSIX_POSIX_SHIM_H_

// Stands between a program and the system's file calls, and makes them do what they rarely do:
// move fewer bytes than asked, be interrupted, fail. The program is the one that ships; below
// storage/env.h nothing is replaced but the calls themselves.
//
// Linked into a test, it is told what to do by the functions below. As a shared object before any
// other program (LD_PRELOAD), by the variable TIDEMARK_SHIM:
//   seed=42 short=50 eintr=30                  half of the transfers short, three in ten
//   interrupted fail=fdatasync:28:3:1                      the third fdatasync fails with ENOSPC
//   (28), once
// and says on stderr at the end what it did. Thread-safe; what is drawn repeats for one thread.
//
// Short are pread, pwrite, sendfile, and of regular files read and write. Interrupted and failed
// are these, open, ftruncate, fallocate, fdatasync, fsync, msync, fcntl, rename, unlink, mkdir,
// rmdir, mmap and madvise; interrupted only where a signal can do that.

#include <cstdint>

#include "absl/strings/string_view.h"

namespace tidemark {

struct PosixShimCounts {
  int64_t short_transfers = 0;
  int64_t interruptions = 0;
  int64_t failures = 0;
};

// From now on so many of a hundred transfers are short, and calls interrupted.
void ShimTransfers(uint64_t seed, int short_percent, int interrupted_percent);

// The calls of that name number `first_call` (from 1, from now on) to `first_call + calls - 1` fail
// with that errno; with 0 they answer 0 and do nothing. Takes the place of what was ordered before.
void ShimFailure(absl::string_view call, int error_number, int64_t first_call = 1,
                 int64_t calls = 1);

// Every call is the system's again, and the counts begin anew.
void ShimNothing();

// Since the last ShimNothing.
PosixShimCounts ShimCounts();

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_POSIX_POSIX_SHIM_H_
