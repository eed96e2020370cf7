#ifndef TIDEMARK_STORAGE_COMPACTION_CLEANABLE_PARTITION_LOG_H_
#define TIDEMARK_STORAGE_COMPACTION_CLEANABLE_PARTITION_LOG_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/compaction/cleanable_log.h"
#include "storage/env.h"
#include "storage/log/partition_log.h"
#include "storage/types.h"

namespace tidemark {

// A PartitionLog as compaction sees it. Thread-safe.
class CleanablePartitionLog : public CleanableLog {
 public:
  // `directory` is the log's. The file system must outlive this.
  CleanablePartitionLog(FileSystem* file_system, std::shared_ptr<PartitionLog> log,
                        std::string directory)
      : file_system_(file_system), log_(std::move(log)), directory_(std::move(directory)) {}

  const TopicPartition& topic_partition() const override { return log_->topic_partition(); }
  const std::string& directory() const override { return directory_; }
  absl::StatusOr<CleanableState> Look() const override;
  absl::StatusOr<std::shared_ptr<File>> OpenSegment(Offset base_offset) const override;
  absl::StatusOr<std::vector<TransactionIndexEntry>> AbortedTransactions(Offset start,
                                                                         Offset end) const override;
  absl::StatusOr<LastProducerRecords> LastRecordsOfProducers() const override;
  absl::Status ReplaceSegments(absl::Span<const CompactionSegment> covered,
                               const CleanedSegment& cleaned) override;

 private:
  FileSystem* const file_system_;
  const std::shared_ptr<PartitionLog> log_;
  const std::string directory_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_CLEANABLE_PARTITION_LOG_H_
