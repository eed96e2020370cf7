#include "tests/histories/shrink.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tests/histories/run.h"

namespace tidemark {
namespace {

class Shrinker {
 public:
  Shrinker(History history, std::string kind,
           const std::function<absl::Status(const History&)>& run, int64_t runs_max)
      : best_(std::move(history)), kind_(std::move(kind)), run_(run), runs_left_(runs_max) {}

  History Run() {
    bool changed = true;
    while (changed && runs_left_ > 0) {
      changed = DropOperations();
      changed |= LowerArguments();
      changed |= Simplify();
    }
    return best_;
  }

 private:
  // Takes the candidate if it still fails in the same way.
  bool Try(const History& candidate) {
    if (runs_left_ <= 0 || candidate == best_) return false;
    --runs_left_;
    const absl::Status status = run_(candidate);
    if (status.ok() || KindOfFailure(status) != kind_) return false;
    best_ = candidate;
    return true;
  }

  bool DropOperations() {
    bool changed = false;
    for (size_t size = std::max<size_t>(best_.operations.size() / 2, 1); size > 0; size /= 2) {
      // From the end on: what comes first is more often needed.
      for (size_t end = best_.operations.size(); end > 0;) {
        const size_t begin = end - std::min(size, end);
        History candidate = best_;
        candidate.operations.erase(candidate.operations.begin() + static_cast<int64_t>(begin),
                                   candidate.operations.begin() + static_cast<int64_t>(end));
        changed |= Try(candidate);
        end = begin;
      }
    }
    return changed;
  }

  bool LowerArguments() {
    bool changed = false;
    for (size_t i = 0; i < best_.operations.size(); ++i) {
      for (size_t j = 0; j < best_.operations[i].arguments.size(); ++j) {
        // 0, then half of what is left between that and what it is.
        const int64_t now = best_.operations[i].arguments[j];
        for (const int64_t lower : {int64_t{0}, now > 0 ? int64_t{1} : int64_t{-1}, now / 2,
                                    now > 0 ? now - 1 : now + 1}) {
          if (lower == best_.operations[i].arguments[j]) break;
          History candidate = best_;
          candidate.operations[i].arguments[j] = lower;
          if (Try(candidate)) {
            changed = true;
            break;
          }
        }
      }
    }
    return changed;
  }

  bool Simplify() {
    History candidate = best_;
    candidate.partitions = 1;
    bool changed = Try(candidate);
    candidate = best_;
    candidate.task_order = 0;
    changed |= Try(candidate);
    return changed;
  }

  History best_;
  const std::string kind_;
  const std::function<absl::Status(const History&)>& run_;
  int64_t runs_left_;
};

}  // namespace

History Shrink(const History& history, const absl::Status& failure,
               const std::function<absl::Status(const History&)>& run, int64_t runs_max) {
  return Shrinker(history, KindOfFailure(failure), run, runs_max).Run();
}

}  // namespace tidemark
