#ifndef TIDEMARK_TESTS_CRASH_ENUMERATOR_CAMPAIGN_H_
#define TIDEMARK_TESTS_CRASH_ENUMERATOR_CAMPAIGN_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "tests/crash/enumerator/enumerator.h"
#include "tests/crash/enumerator/workload.h"

namespace tidemark {

struct CampaignOptions {
  EnumeratorOptions enumerator;  // Its seed is the campaign's; is_over is not used.
  // Time for what follows the mandatory part; none at all for nothing but that.
  absl::Duration duration;
  int jobs = 1;
  // Only workloads whose names begin with this.
  std::string workload_prefix;
  // Called after each workload, by any of the threads, one call at a time. May be null.
  std::function<void(int64_t states, absl::Duration left)> on_workload;
};

// All reports of one workload; the short ones count together, as "log:*" and "engine:*".
struct CampaignRow {
  int64_t runs = 0;
  int64_t points = 0;
  int64_t killed_points = 0;
  int64_t exhausted_points = 0;
  int64_t states = 0;
  int64_t opened_states = 0;
  int64_t repeated_states = 0;
  int64_t violations = 0;
  absl::Duration took;  // Of all threads together.
};

// Goes through workloads on several threads: the scripted ones at every death of the process first,
// whatever the time; then, until the time is over, these with their power losses again and again
// with other draws, every short one, and longer ones.
class Campaign {
 public:
  Campaign(const CampaignOptions& options, Clock* clock);

  // Returns when it is over or a violation was found.
  void Run();

  // The scripted workloads of which not every moment has seen a death of the process.
  std::vector<std::string> missing() const;

  std::map<std::string, CampaignRow> rows() const;
  std::vector<WorkloadReport> failures() const;

  int64_t states() const;

 private:
  struct Job {
    Workload workload;
    uint64_t seed;
    bool is_mandatory;
    int64_t exhaustive_losses_max;
  };

  void Work();
  bool Next(Job* job);
  void AddRound() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Add(Workload workload, bool is_mandatory) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Note(const WorkloadReport& report, absl::Duration took);
  bool IsOver() const;

  const CampaignOptions options_;
  Clock* const clock_;
  const absl::Duration end_;
  mutable Mutex mutex_;
  SeededRandom random_;
  // So that the first ones are short, and see something of every workload.
  int64_t exhaustive_losses_max_ ABSL_GUARDED_BY(mutex_) = 16;
  std::deque<Job> jobs_ ABSL_GUARDED_BY(mutex_);
  std::vector<Workload> short_ ABSL_GUARDED_BY(mutex_);
  int64_t states_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, CampaignRow> rows_ ABSL_GUARDED_BY(mutex_);
  std::vector<WorkloadReport> failures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_CRASH_ENUMERATOR_CAMPAIGN_H_
