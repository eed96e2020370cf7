#ifndef TIDEMARK_TESTS_CRASH_ENUMERATOR_RECORDER_H_
#define TIDEMARK_TESTS_CRASH_ENUMERATOR_RECORDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/memory_env.h"
#include "tests/crash/enumerator/expectation.h"
#include "tests/crash/enumerator/machine.h"

namespace tidemark {

// A moment at which a life may end: the files then, and what may be found of them.
struct CrashPoint {
  MemorySnapshot files;
  std::shared_ptr<const Expectation> expectation;
  Notes notes;
  std::string during;  // The call.
};

// Collects the moments right before and right after each change of the files, and those that it is
// told of. A moment that is as the one before is not kept.
class Recorder {
 public:
  using Look = std::function<CrashPoint(MemorySnapshot files)>;

  // `look` fills in what the files do not tell. From construction to destruction it has the file
  // system's fault hook; what shall fail says `faults`, if it is not null.
  Recorder(MemoryFileSystem* file_system, Look look, FileFaultHook faults = nullptr);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  ~Recorder();

  void Mark();
  size_t count() const { return points_.size(); }
  std::vector<CrashPoint> Take() { return std::move(points_); }

 private:
  MemoryFileSystem* const file_system_;
  const Look look_;
  const FileFaultHook faults_;
  std::vector<CrashPoint> points_;
  uint64_t last_digest_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_CRASH_ENUMERATOR_RECORDER_H_
