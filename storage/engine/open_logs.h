#ifndef TIDEMARK_STORAGE_ENGINE_OPEN_LOGS_H_
#define TIDEMARK_STORAGE_ENGINE_OPEN_LOGS_H_

// Many logs at once.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/engine/directory_set.h"
#include "storage/log/partition_log.h"
#include "storage/options.h"
#include "storage/recovery_report.h"
#include "storage/types.h"

namespace tidemark {

// The parameters of a partition's log in that data directory. Without a topic id it has no part in
// the journal.
LogParameters MakeLogParameters(const DirectorySet& directories, size_t directory,
                                const TopicPartition& partition, const TopicId& topic_id,
                                const LogConfig& config);

using PartitionLogs = std::vector<std::shared_ptr<PartitionLog>>;

// Opens the logs, `parallelism` at a time; `reports` gets one report for each, in the same order. A
// log that cannot be opened is null, and its report says why. Each report is passed to `on_opened`,
// if there is one, on the thread that made it.
PartitionLogs OpenLogs(const LogEnvironment& environment, int64_t parallelism,
                       absl::Span<const LogParameters> parameters,
                       const std::function<void(const LogRecoveryReport&)>& on_opened,
                       std::vector<LogRecoveryReport>* reports);

// Makes the directories of new partitions, and their logs, in the same way. The directories' names
// are not on stable storage on return. After an error any of them may be there. A directory that an
// earlier attempt left is replaced, if it is of the same topic and no record was ever appended;
// FAILED_PRECONDITION for any other that is in the way.
absl::StatusOr<PartitionLogs> MakeLogs(const LogEnvironment& environment, int64_t parallelism,
                                       absl::Span<const LogParameters> parameters,
                                       const TopicId& topic_id);

// Closes all of them, whatever becomes of the others. Returns one of the errors, if there is any.
absl::Status CloseLogs(Executor* executor, int64_t parallelism, const PartitionLogs& logs);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_OPEN_LOGS_H_
