#ifndef TIDEMARK_STORAGE_ENGINE_STARTUP_PLAN_H_
#define TIDEMARK_STORAGE_ENGINE_STARTUP_PLAN_H_

// Which topics data directories hold, and what an interrupted change left to clean up: a pure
// function of what was found. The rules are in docs/format/topic_file.md.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/engine/topic_file.h"
#include "storage/types.h"

namespace tidemark {

// One directory `<topic>-<partition>`.
struct FoundPartition {
  // What partition.metadata says; absent if there is no such file.
  absl::optional<TopicId> topic_id;
  // Why partition.metadata cannot be read; empty if it can, or is absent.
  std::string metadata_damage;
  // True if nothing was ever appended. Only looked at where removal is in question.
  bool log_is_empty = false;
};

struct FoundTopic {
  absl::optional<TopicFile> file;
  std::map<int32_t, FoundPartition> partitions;
};

struct PlannedTopic {
  // Without a file, `file.id` is zero if no partition knows the id.
  TopicFile file;
  bool has_file = false;
  std::set<int32_t> partitions;
};

struct StartupPlan {
  std::map<std::string, PlannedTopic> topics;
  // To be done in this order, each kind on stable storage before the next.
  std::vector<TopicPartition> directories_to_remove;
  std::vector<std::string> topic_files_to_remove;
  // Partitions whose directory should be there.
  std::vector<TopicPartition> absent;
};

// True if the plan asks whether the partition's log is empty.
bool PlanAsksWhetherEmpty(const FoundTopic& topic, int32_t partition);

// Where the directory of a partition is.
using PartitionPath = absl::FunctionRef<std::string(const TopicPartition&)>;

// FAILED_PRECONDITION where topic ids disagree, DATA_LOSS for a damaged partition.metadata that
// matters; the messages begin with the directory's path.
absl::StatusOr<StartupPlan> MakeStartupPlan(const std::map<std::string, FoundTopic>& found,
                                            PartitionPath path_of);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_STARTUP_PLAN_H_
