#ifndef TIDEMARK_STORAGE_BASE_CHECK_H_
#define TIDEMARK_STORAGE_BASE_CHECK_H_

namespace tidemark {

// Writes the place and the condition to stderr and aborts. Only for invariants of this library that
// do not hold: going on could put a wrong state on disk. What a disk, a caller or a peer does wrong
// is an absl::Status.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace tidemark

#define TM_CHECK(condition)                                    \
  do {                                                         \
    if (!(condition)) [[unlikely]] {                           \
      ::tidemark::CheckFailed(__FILE__, __LINE__, #condition); \
    }                                                          \
  } while (false)

#endif  // TIDEMARK_STORAGE_BASE_CHECK_H_
