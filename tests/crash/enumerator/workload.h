#ifndef TIDEMARK_TESTS_CRASH_ENUMERATOR_WORKLOAD_H_
#define TIDEMARK_TESTS_CRASH_ENUMERATOR_WORKLOAD_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/env.h"
#include "tests/crash/enumerator/machine.h"
#include "tests/crash/enumerator/stage.h"

namespace tidemark {

// A script of public calls. The same name plays the same calls, always.
struct Workload {
  std::string name;
  MachineMaker make;
  std::function<void(Stage* stage)> play;
};

// The long ones, each about one thing: of a log alone, of an engine, and of a whole Tidemark.
std::vector<Workload> LogWorkloads();
std::vector<Workload> EngineWorkloads();
std::vector<Workload> ApiWorkloads();
std::vector<Workload> ScriptedWorkloads();

// The short ones: calls from an alphabet, whose letters are the name ("log:ASC"). Every sequence of
// up to three, in an order that `random` draws; and one of four to six.
std::vector<Workload> ShortWorkloads(Random* random);
Workload LongerWorkload(Random* random);

// By name; nothing for one that cannot be.
absl::optional<Workload> FindWorkload(absl::string_view name);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_CRASH_ENUMERATOR_WORKLOAD_H_
