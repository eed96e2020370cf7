#ifndef TIDEMARK_TESTS_CRASH_ENUMERATOR_EXPECTATION_H_
#define TIDEMARK_TESTS_CRASH_ENUMERATOR_EXPECTATION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "storage/engine.h"
#include "storage/types.h"
#include "tests/crash/enumerator/observation.h"

namespace tidemark {

// What ended the life: the process alone, or the power as well.
enum class CrashKind { kProcess, kPower };

struct ExpectedBatch {
  Offset base_offset;
  Offset next_offset;
  // As it stands on the disk. Null for a marker, which the log makes by itself.
  std::shared_ptr<const std::string> bytes;
  ProducerId marker_of = kNoProducerId;
};

// What may be found of one partition. The callers of the library know it; the disk has no part in
// it.
struct PartitionExpectation {
  Offset first_offset{0};
  // From there on, each behind the one before. The last ones may be in flight.
  std::vector<ExpectedBatch> batches;
  Offset buffered_end{0};  // So far everything is acknowledged.
  Offset durable_end{0};   // So far as durable.
  // Where the log may start.
  Offset start_min{0};
  Offset start_max{0};
  // A log that starts and ends there may be found as well: everything is being dropped.
  absl::optional<Offset> restart;
  // Records may be missing of whose key there is a later one.
  bool is_compacted = false;
  LeaderEpoch epoch_max{0};
  // What a power loss may leave in place of all that; null for nothing.
  std::shared_ptr<const PartitionExpectation> or_else;

  Offset end() const { return batches.empty() ? first_offset : batches.back().next_offset; }
};

struct TopicExpectation {
  bool must_exist = false;
  bool may_exist = false;
  // Any of these.
  std::vector<int32_t> partition_counts;
  std::vector<ConfigMap> configs;
};

// Of durable transactions over several partitions and a group's offsets, by their numbers.
struct TransactionsExpectation {
  std::set<int64_t> committed;
  std::set<int64_t> in_flight;  // May be committed or not.
};

// A plain value; a moment of a workload keeps its own.
struct Expectation {
  std::map<TopicPartition, PartitionExpectation> partitions;
  std::map<std::string, TopicExpectation> topics;
  // Any of these; nothing is said where there is none.
  std::vector<ConfigMap> engine_configs;
  absl::optional<TransactionsExpectation> transactions;
};

// Adds a sentence for each difference: what was acknowledged is there, what is there is a prefix of
// what was appended, nothing is invented.
void CheckPartition(const TopicPartition& name, const PartitionExpectation& expected,
                    const ObservedLog& observed, CrashKind kind,
                    std::vector<std::string>* violations);
void CheckObservation(const Expectation& expected, const Observation& observed, CrashKind kind,
                      std::vector<std::string>* violations);

// The account of a life whose opening has found `found`, where `before` was to be found. What is
// found stays, but from a power loss, which may also bring back what recovery has taken away, as
// long as nothing is synced.
Expectation AfterRecovery(const Expectation& before, const Observation& found);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_CRASH_ENUMERATOR_EXPECTATION_H_
