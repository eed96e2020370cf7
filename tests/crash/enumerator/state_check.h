#ifndef TIDEMARK_TESTS_CRASH_ENUMERATOR_STATE_CHECK_H_
#define TIDEMARK_TESTS_CRASH_ENUMERATOR_STATE_CHECK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "storage/memory_env.h"
#include "tests/crash/enumerator/expectation.h"
#include "tests/crash/enumerator/machine.h"

namespace tidemark {

// Opens what a crash has left, and says what is wrong with what is then there.
class StateCheck {
 public:
  StateCheck(const MachineMaker& make, const WrapFileSystem& wrap) : make_(make), wrap_(wrap) {}
  StateCheck(const StateCheck&) = delete;
  StateCheck& operator=(const StateCheck&) = delete;

  struct State {
    MemorySnapshot files;
    std::shared_ptr<const Expectation> expectation;
    Notes notes;
    CrashKind kind;
  };

  // One sentence for each promise that does not hold: it opens; what was acknowledged is there, and
  // nothing that was not asked for; the files beside the logs claim no more than the logs; opening
  // it again finds the same, repairs nothing and changes no byte; an append goes on behind it. With
  // `closely`, that indexes lead where they should, and that the same is there without those files.
  // Files that were opened before, and of which all of that held, would be found the same again:
  // only the account is compared with what was found, unless `closely`.
  std::vector<std::string> Run(const State& state, bool closely);
  // Runs that opened files.
  int64_t opened() const { return opened_; }

 private:
  struct Life {
    std::unique_ptr<FileSystem> wrapped;
    std::unique_ptr<Machine> machine;
  };

  Life Begin(const Notes& notes);
  // What a life leaves to the next one.
  struct Left {
    MemorySnapshot files;
    Notes notes;
    bool was_recovered = false;
  };

  Left Die(Life* life);
  Left OpenFirst(const State& state, bool closely);
  void OpenAgain(const Left& left);
  void CheckNothingRepaired(const Left& left, const Machine& machine);
  void OpenWithoutSideFiles(const State& state);
  void TransactOnce(Machine* machine);
  void AppendOne(Machine* machine);

  const MachineMaker& make_;
  const WrapFileSystem& wrap_;
  MemoryFileSystem disk_;
  std::shared_ptr<const Observation> found_;  // By this Run's first opening.
  std::vector<std::string> violations_;
  // What first and second openings have found, by what they opened.
  using Known = absl::flat_hash_map<uint64_t, std::shared_ptr<const Observation>>;
  Known known_;
  Known known_again_;
  int64_t opened_ = 0;
  uint64_t turn_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_CRASH_ENUMERATOR_STATE_CHECK_H_
