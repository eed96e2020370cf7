#ifndef TIDEMARK_TESTS_FUZZ_ALLOCATION_COUNTER_H_
#define TIDEMARK_TESTS_FUZZ_ALLOCATION_COUNTER_H_

#include <cstdint>

namespace tidemark {

// Counts what this whole process takes by malloc and its kin, the codecs' libraries included.
// False under a sanitizer, which has an allocator of its own: then nothing is counted.
bool IsCountingAllocations();

// The most that was taken at once since then, beyond what was taken at that moment.
class PeakAllocation {
 public:
  PeakAllocation();
  int64_t bytes() const;

 private:
  int64_t before_bytes_;
};

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_FUZZ_ALLOCATION_COUNTER_H_
