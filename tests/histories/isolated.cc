#include "tests/histories/isolated.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "storage/base/check.h"
#include "tests/histories/generate.h"
#include "tests/histories/run.h"

namespace tidemark {
namespace {

// Runs `work` in a child, which writes to the pipe that it is given; returns what it wrote, and how
// it ended.
std::string RunInChild(const std::function<void(int)>& work, int* wait_status) {
  std::array<int, 2> ends{};
  TM_CHECK(pipe(ends.data()) == 0);
  const pid_t child = fork();
  TM_CHECK(child >= 0);
  if (child == 0) {
    close(ends[0]);
    work(ends[1]);
    _exit(0);
  }
  close(ends[1]);
  std::string said;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    said.append(buffer.data(), static_cast<size_t>(n));
  }
  close(ends[0]);
  TM_CHECK(waitpid(child, wait_status, 0) == child);
  return said;
}

void Say(int to, const std::string& text) {
  TM_CHECK(write(to, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

absl::Status Died(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    return absl::InternalError(absl::StrCat("process died: ", strsignal(WTERMSIG(wait_status))));
  }
  return absl::InternalError(absl::StrCat("process died: exit ", WEXITSTATUS(wait_status)));
}

}  // namespace

absl::optional<SeedFailure> RunSeeds(uint64_t first, uint64_t last) {
  int wait_status = 0;
  // A line with each seed that is about to run; behind the one that fails, why.
  const std::string said = RunInChild(
      [first, last](int to) {
        for (uint64_t seed = first; seed <= last; ++seed) {
          Say(to, absl::StrCat("\n", seed, " "));
          const absl::Status status = RunHistory(Generate(seed));
          if (status.ok()) continue;
          Say(to, absl::StrReplaceAll(status.message(), {{"\n", " "}}));
          return;
        }
      },
      &wait_status);
  const absl::string_view last_line = absl::string_view(said).substr(said.rfind('\n') + 1);
  const std::pair<absl::string_view, absl::string_view> words =
      absl::StrSplit(last_line, absl::MaxSplits(' ', 1));
  SeedFailure failure;
  TM_CHECK(absl::SimpleAtoi(words.first, &failure.seed));
  if (!words.second.empty()) {
    failure.status = absl::InternalError(words.second);
  } else if (wait_status != 0) {
    failure.status = Died(wait_status);
  } else {
    return absl::nullopt;
  }
  return failure;
}

absl::Status RunIsolated(const History& history, bool quietly) {
  int wait_status = 0;
  const std::string said = RunInChild(
      [&history, quietly](int to) {
        if (quietly) close(2);
        const absl::Status status = RunHistory(history);
        if (!status.ok()) Say(to, std::string(status.message()));
      },
      &wait_status);
  if (wait_status != 0) return Died(wait_status);
  return said.empty() ? absl::OkStatus() : absl::InternalError(said);
}

}  // namespace tidemark
