#ifndef TIDEMARK_STORAGE_POSIX_ENV_H_
#define TIDEMARK_STORAGE_POSIX_ENV_H_

// The seams of storage/env.h on a POSIX system (Linux). Nothing here installs a signal handler,
// changes the process's umask, environment or working directory, or writes to stdout or stderr.

#include <memory>

#include "storage/env.h"

namespace tidemark {

// The system's files. Objects it makes may outlive it. Descriptors are closed on exec; names that
// are symbolic links, pipes or devices are refused where a file is wanted.
//
// Map is UNIMPLEMENTED on kernels that cannot populate a mapping (before Linux 5.14).
// SendTo uses sendfile(2), which has no way to ask for an error instead of SIGPIPE when the peer of
// the socket is gone: whoever owns the sockets must ignore or handle that signal.
// Lock excludes other Tidemark processes and any program that uses fcntl(2) record locks, as the
// JVM does. The lock file's name must stay: a lock on a file that was removed excludes nobody.
std::unique_ptr<FileSystem> NewPosixFileSystem();

// CLOCK_REALTIME and CLOCK_MONOTONIC.
std::unique_ptr<Clock> NewSystemClock();

// `threads` threads (at least one) that begin tasks in the order in which they were given, due
// timers before others, and take no signals that are sent to the process. Tasks must not throw.
//
// The destructor runs every task given to Run, also those that such tasks add, drops the timers
// that have not begun, and joins the threads; it must not run on one of them.
//
// nullptr if the system gives no thread; fewer than asked for if it gives only some.
std::unique_ptr<ThreadPool> NewThreadPoolExecutor(int threads);

// The kernel's generator, fit for identifiers that must not collide or be guessed.
std::unique_ptr<Random> NewSystemRandom();

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_POSIX_ENV_H_
