// tools/histories: runs random histories, and shrinks those that fail.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "storage/posix_env.h"
#include "tests/histories/generate.h"
#include "tests/histories/history.h"
#include "tests/histories/isolated.h"
#include "tests/histories/shrink.h"

namespace tidemark {
namespace {

constexpr uint64_t kSeedsAtOnce = 50;
constexpr int64_t kShrinkRunsMax = 1000;

struct Flags {
  uint64_t first = 1;
  uint64_t last = 1000;
  double minutes = 0;  // 0: until the last seed.
  int64_t failures_max = 1;
  std::string replay;
  std::string show;
};

double SecondsNow() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool ParseFlag(absl::string_view name, const std::string& value, Flags* flags) {
  if (name == "--minutes") {
    flags->last = UINT64_MAX - kSeedsAtOnce;
    return absl::SimpleAtod(value, &flags->minutes);
  }
  if (name == "--seed") return absl::SimpleAtoi(value, &flags->first);
  if (name == "--failures") return absl::SimpleAtoi(value, &flags->failures_max);
  if (name == "--replay" || name == "--show") {
    (name == "--replay" ? flags->replay : flags->show) = value;
    return true;
  }
  if (name != "--seeds") return false;
  const std::pair<std::string, std::string> ends = absl::StrSplit(value, absl::MaxSplits("..", 1));
  return absl::SimpleAtoi(ends.first, &flags->first) && absl::SimpleAtoi(ends.second, &flags->last);
}

void Report(const SeedFailure& failure) {
  std::printf("seed %s failed: %s\n", absl::StrCat(failure.seed).c_str(),
              std::string(failure.status.message()).c_str());
  std::printf("again: tools/histories --seeds %s..%s\nshrinking ...\n",
              absl::StrCat(failure.seed).c_str(), absl::StrCat(failure.seed).c_str());
  std::fflush(stdout);
  const History shrunk = Shrink(
      Generate(failure.seed), failure.status,
      [](const History& history) { return RunIsolated(history, true); }, kShrinkRunsMax);
  const absl::Status status = RunIsolated(shrunk, true);
  std::printf("# Once broke: %s\n%s\nreplay it: tools/histories --replay FILE\n\n",
              std::string(status.message()).c_str(), ToText(shrunk).c_str());
  std::fflush(stdout);
}

int Replay(const std::string& path) {
  const std::unique_ptr<FileSystem> file_system = NewPosixFileSystem();
  const absl::StatusOr<std::unique_ptr<File>> file = file_system->Open(path, OpenMode::kRead);
  if (!file.ok()) {
    std::fprintf(stderr, "histories: %s\n", file.status().ToString().c_str());
    return 2;
  }
  std::string text(1 << 20, '\0');
  const absl::StatusOr<int64_t> size = (*file)->Read(0, absl::MakeSpan(text));
  text.resize(static_cast<size_t>(size.value_or(0)));
  const absl::StatusOr<History> history = ParseHistory(text);
  const absl::Status status = history.ok() ? RunIsolated(*history, false) : history.status();
  std::printf("%s: %s\n", path.c_str(), status.ok() ? "passed" : status.ToString().c_str());
  return status.ok() ? 0 : 1;
}

int RunAll(const Flags& flags) {
  const double begin = SecondsNow();
  const bool is_terminal = isatty(1) != 0;
  int64_t failures = 0;
  uint64_t done = 0;
  for (uint64_t seed = flags.first; seed <= flags.last && failures < flags.failures_max;) {
    if (flags.minutes > 0 && SecondsNow() - begin > flags.minutes * 60) break;
    const uint64_t until = std::min(flags.last, seed + kSeedsAtOnce - 1);
    const absl::optional<SeedFailure> failure = RunSeeds(seed, until);
    const uint64_t next = failure.has_value() ? failure->seed + 1 : until + 1;
    done += next - seed;
    seed = next;
    if (failure.has_value()) {
      ++failures;
      Report(*failure);
    }
    if (is_terminal) {
      std::printf("\r%s seeds, %s failed, %.0f s ", absl::StrCat(done).c_str(),
                  absl::StrCat(failures).c_str(), SecondsNow() - begin);
      std::fflush(stdout);
    }
  }
  const double seconds = SecondsNow() - begin;
  std::printf("%s%s seeds from %s on, %s failed, in %.1f s (%.0f a second)\n",
              is_terminal ? "\r" : "", absl::StrCat(done).c_str(),
              absl::StrCat(flags.first).c_str(), absl::StrCat(failures).c_str(), seconds,
              static_cast<double>(done) / std::max(seconds, 1e-9));
  return failures == 0 ? 0 : 1;
}

int Main(const std::vector<std::string>& arguments) {
  Flags flags;
  for (size_t i = 0; i < arguments.size(); i += 2) {
    if (i + 1 < arguments.size() && ParseFlag(arguments[i], arguments[i + 1], &flags)) continue;
    std::fprintf(stderr,
                 "histories: bad argument %s\n"
                 "usage: histories [--seeds FIRST..LAST | --minutes N [--seed FIRST]]\n"
                 "                 [--failures MAX] | --replay FILE | --show SEED\n",
                 arguments[i].c_str());
    return 2;
  }
  if (!flags.replay.empty()) return Replay(flags.replay);
  uint64_t seed = 0;
  if (absl::SimpleAtoi(flags.show, &seed)) {
    std::printf("%s", ToText(Generate(seed)).c_str());
    return 0;
  }
  return RunAll(flags);
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
  return tidemark::Main(std::vector<std::string>(argv + 1, argv + argc));
}
