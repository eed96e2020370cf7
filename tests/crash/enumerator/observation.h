#ifndef TIDEMARK_TESTS_CRASH_ENUMERATOR_OBSERVATION_H_
#define TIDEMARK_TESTS_CRASH_ENUMERATOR_OBSERVATION_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "storage/engine.h"
#include "storage/log.h"
#include "storage/types.h"

namespace tidemark {

// What one log shows of itself through storage/log.h.
struct ObservedLog {
  absl::Status error;  // Of opening or reading it.
  LogOffsets offsets;
  std::string batches;  // All, back to back. The first may begin before the log start.
  absl::optional<LeaderEpoch> latest_epoch;
  std::vector<Offset> epoch_ends;  // By epoch, from 0 to the latest.
  std::vector<ProducerSummary> producers;
  std::vector<AbortedTransaction> aborted;  // Those of which a reader can meet a batch.
};

struct ObservedTopic {
  int32_t partition_count = 0;
  ConfigMap config;

  friend bool operator==(const ObservedTopic&, const ObservedTopic&) = default;
};

// What readers of committed records and a group see of transactions that write to several
// partitions.
struct ObservedTransactions {
  std::vector<std::vector<int64_t>> by_partition;  // Their numbers, in order.
  int64_t group_offset = 0;                        // The number of the last one.
  std::string error;

  friend bool operator==(const ObservedTransactions&, const ObservedTransactions&) = default;
};

struct Observation {
  std::map<TopicPartition, ObservedLog> logs;
  std::map<std::string, ObservedTopic> topics;
  ConfigMap engine_config;
  absl::optional<ObservedTransactions> transactions;
};

ObservedLog ObserveLog(ReplicaLog* log);

// Adds a sentence for each thing that does not follow from the log's own batches: where epochs
// begin, what producers have appended, which transactions are open or aborted, and what indexes
// lead to. `is_whole`: nothing of the log was ever deleted or compacted.
void CheckSideState(const TopicPartition& name, const ObservedLog& observed, bool is_whole,
                    std::vector<std::string>* violations);
void CheckIndexes(const TopicPartition& name, const ObservedLog& observed, LogReader* log,
                  std::vector<std::string>* violations);

// Adds a sentence for each difference between two looks that should have seen the same.
void CompareObservations(const Observation& first, const Observation& second,
                         const std::string& context, std::vector<std::string>* violations);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_CRASH_ENUMERATOR_OBSERVATION_H_
