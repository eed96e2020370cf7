#ifndef TIDEMARK_API_CLI_TOPIC_READER_H_
#define TIDEMARK_API_CLI_TOPIC_READER_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "api/cli/cli_context.h"
#include "api/cli/partition_cursor.h"
#include "api/cli/progress.h"
#include "api/cli/record_format.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

struct TopicReaderOptions {
  std::vector<std::string> data_directories;
  std::string topic;
  absl::optional<PartitionId> partition;  // Absent: all of them.
  StartPosition start;
  Isolation isolation = Isolation::kReadUncommitted;
  int64_t records_max = std::numeric_limits<int64_t>::max();
  bool follow = false;
  // Where a group has come to: begins there, but where `start` says in partitions that are not in
  // here, and where the log does not hold the offset (any more).
  std::map<PartitionId, Offset> positions;
  // Called with where each partition has been printed to, once that has left the process: whenever
  // there is nothing more to print, and at the end. May be empty.
  std::function<absl::Status(const std::map<PartitionId, Offset>&)> on_printed;
};

// Prints the records of a topic's partitions to the console, each partition in order. Used by one
// thread.
class TopicReader {
 public:
  // `context` is not owned.
  TopicReader(const TopicReaderOptions& options, const RecordFormat& format, CliContext* context);

  // Prints everything up to where the logs end now or, following, what comes until an interrupt;
  // not more than `records_max` records in all. NOT_FOUND for an unknown directory, topic or
  // partition; OUT_OF_RANGE, before anything is printed, for a start outside of a log; errors of
  // PartitionCursor and Console.
  absl::Status Run();

 private:
  absl::Status OpenCursors();
  // Adds cursors for partitions that were made since the reading began.
  absl::Status OpenNewPartitions();
  absl::Status ReadToEnds();
  absl::Status Follow();
  // Prints the next piece of each partition. False if there was none.
  absl::StatusOr<bool> ReadOnce();
  absl::StatusOr<bool> ReadFrom(PartitionCursor* cursor);
  absl::StatusOr<PartitionCursor> OpenCursor(const PartitionDirectory& directory) const;
  // Tells on_printed how far it has come, if that has changed.
  absl::Status TellPrinted();
  bool Print(const TopicPartition& topic_partition, const RecordView& record);
  bool IsDone() const { return printed_count_ >= options_.records_max; }

  const TopicReaderOptions options_;
  const RecordFormat format_;
  CliContext* const context_;
  Progress progress_;

  std::vector<PartitionCursor> cursors_;
  std::string text_;  // Kept for its memory.
  absl::Status output_status_;
  int64_t printed_count_ = 0;
  std::map<PartitionId, Offset> told_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_TOPIC_READER_H_
