"""Rule `effect`: only storage/env calls the OS, a clock, a thread or a random source.

Everything else goes through the seams of storage/env.h, so that a simulation sees every effect,
and the library leaves the process of its host alone (no signals, exit, environment, console).
Each group below lists what it bans and where the group is allowed:

  storage/env/**                the operating system, clocks, threads, random sources
  storage/base/mutex.h          the mutex that everybody else uses
  storage/base/check.cc         says why on stderr and aborts: our own invariant is broken
  api/cli/**                    it is the process: console, signals
  api/cli/console.cc            the descriptors of the terminal
  tests, bench                  all but sleeping and randomness without a seed: runs would differ
"""

import re

from source import Finding

RULES = ("effect",)


class _Group:
    def __init__(self, name, advice, allowed, in_tests, headers, names, calls):
        self.name = name
        self.advice = advice
        self.allowed = allowed
        self.in_tests = in_tests
        self.header = re.compile(r'#\s*include\s+[<"](?:%s)[>"]' % headers) if headers else None
        self.name_pattern = re.compile(r"(?<!\w)(?:%s)(?!\w)" % names) if names else None
        # A call by its plain, std:: or global name; x.open() and Journal::open() are others.
        self.call = re.compile(r"(?<![\w.>:])(?:std::|::)?(?:%s)\s*\(" % calls) if calls else None


_GROUPS = (
    _Group(
        "the operating system",
        "use FileSystem of storage/env.h",
        allowed=("storage/env/", "api/cli/console.cc"),
        in_tests=True,
        headers=r"fstream|filesystem|unistd\.h|fcntl\.h|dirent\.h|poll\.h|spawn\.h|sched\.h"
        r"|liburing\.h|(?:sys|linux|net|netinet|arpa)/.*",
        names=r"std::[io]?fstream|std::filesystem",
        calls=r"open|openat|creat|close|fopen|freopen|fdopen|tmpfile|preadv?2?|pwritev?2?"
        r"|fsync|fdatasync|mmap|munmap|madvise|ftruncate|fallocate|posix_\w+|rename|renameat2?"
        r"|unlink|unlinkat|mkdir|rmdir|link|symlink|stat|fstat|lstat|flock|fcntl|ioctl|sendfile"
        r"|socket|fork|vfork|exec[lv]p?e?|kill|getpid|gettid|sysconf|syscall",
    ),
    _Group(
        "a clock",
        "use Clock of storage/env.h",
        allowed=("storage/env/",),
        in_tests=True,
        headers=r"chrono|ctime|time\.h|absl/time/clock\.h",
        names=r"std::chrono|absl::Now|absl::GetCurrentTimeNanos|__rdtsc",
        calls=r"time|clock|clock_gettime|gettimeofday",
    ),
    _Group(
        "a thread",
        "use Executor of storage/env.h, and Mutex and CondVar of storage/base/mutex.h",
        allowed=("storage/env/", "storage/base/mutex.h"),
        in_tests=True,
        headers=r"thread|future|mutex|shared_mutex|condition_variable|semaphore|latch|barrier"
        r"|stop_token|pthread\.h|absl/synchronization/.*",
        names=r"std::j?thread|std::this_thread|std::async|std::\w*mutex|std::condition_variable\w*"
        r"|absl::Mutex\w*|absl::CondVar|absl::Notification|pthread_(?!sigmask)\w+|thread_local",
        calls="",
    ),
    _Group(
        "sleeping",
        "wait for the event itself, or use Executor of storage/env.h",
        allowed=("storage/env/",),
        in_tests=False,
        headers="",
        names=r"absl::SleepFor|std::this_thread::sleep_\w+",
        calls=r"sleep|usleep|nanosleep|clock_nanosleep",
    ),
    _Group(
        "a random source",
        "use Random of storage/env.h",
        allowed=("storage/env/",),
        in_tests=True,
        headers=r"random|absl/random/.*",
        names=r"std::\w*_engine|std::mt19937\w*|absl::\w*BitGen",
        calls=r"random|srandom|drand48",
    ),
    _Group(
        "a random source that no seed repeats",
        "use Random of storage/env.h, or an engine with a seed that a failure shows",
        allowed=("storage/env/",),
        in_tests=False,
        headers=r"sys/random\.h",
        names=r"std::random_device|absl::(?:Insecure)?BitGen",
        calls=r"rand|srand|getrandom|getentropy",
    ),
    _Group(
        "the host's process",
        "return a status; the process belongs to whoever embeds the library",
        allowed=("storage/base/check.cc", "api/cli/"),
        in_tests=True,
        headers=r"csignal|signal\.h|clocale|locale\.h",
        names=r"pthread_sigmask|std::set_terminate|std::locale::global|environ",
        calls=r"exit|_exit|_Exit|quick_exit|abort|terminate|atexit|signal|sigaction|sigprocmask"
        r"|umask|getenv|secure_getenv|setenv|unsetenv|putenv|setlocale|system|popen|chdir",
    ),
    _Group(
        "the console",
        "return values; only the command line prints",
        allowed=("storage/base/check.cc", "api/cli/"),
        in_tests=True,
        headers=r"iostream",
        names=r"std::cout|std::cerr|std::clog|std::cin|stdin|stdout|stderr",
        calls=r"printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|perror|getchar|scanf",
    ),
)

# Words after which `open(` is a call; after any other word it declares something of that name.
_BEFORE_CALL = {"return", "else", "do", "co_return", "co_await", "case", "throw"}
_WORD_BEFORE = re.compile(r"(\w+)[\s*&]*[\s*&]$")


def check(sources, _paths):
    for source in sources:
        if source.is_cpp:
            yield from _check_file(source)


def _check_file(source):
    for group in _GROUPS:
        exempt = source.is_test or source.path.startswith("bench/")
        if source.path.startswith(group.allowed) or (group.in_tests and exempt):
            continue
        for number, line in enumerate(source.code_lines, 1):
            found = _find(group, line)
            if found:
                message = "'%s' reaches %s: %s" % (found, group.name, group.advice)
                yield Finding(source.path, number, "effect", message)


def _find(group, line):
    for pattern in (group.header, group.name_pattern):
        match = pattern.search(line) if pattern else None
        if match:
            return match[0]
    for match in group.call.finditer(line) if group.call else ():
        word = _WORD_BEFORE.search(line[: match.start()])
        if word is None or word[1] in _BEFORE_CALL:
            return match[0].rstrip("( ")
    return None
