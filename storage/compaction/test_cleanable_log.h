#ifndef TIDEMARK_STORAGE_COMPACTION_TEST_CLEANABLE_LOG_H_
#define TIDEMARK_STORAGE_COMPACTION_TEST_CLEANABLE_LOG_H_

// For tests: a log of segments that the test writes itself, on any file system.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/compaction/cleanable_log.h"
#include "storage/env.h"
#include "storage/format/file_names.h"
#include "storage/types.h"

namespace tidemark {

class TestCleanableLog : public CleanableLog {
 public:
  // Partition 0 of the topic, in "/data/<topic>-0", which is made if it is not there.
  explicit TestCleanableLog(FileSystem* file_system, absl::string_view topic = "t");

  // Finishes what a crash has interrupted, then takes what is in the directory for the log. The
  // last stable offset is the log end.
  absl::Status Load();

  // Makes all files and names durable.
  void SyncAll();

  // Begins a segment at `base_offset` (also the first); the one before is then sealed.
  void Roll(int64_t base_offset);
  // Appends whole batches to the active segment. The last stable offset follows.
  void Append(absl::string_view batches);

  // Adds an aborted transaction to the index of the segment that has its marker.
  void AddAborted(const TransactionIndexEntry& entry);

  // Of all segments' indexes.
  std::vector<TransactionIndexEntry> Aborted() const;

  // Everything in the sealed segments, by reading the files.
  std::string SealedBytes() const;
  std::string SegmentBytes(int64_t base_offset) const;
  std::vector<int64_t> BaseOffsets() const;
  std::vector<std::string> Files() const;
  std::string FileBytes(absl::string_view name) const;

  const TopicPartition& topic_partition() const override { return topic_partition_; }
  const std::string& directory() const override { return directory_; }
  absl::StatusOr<CleanableState> Look() const override { return state; }
  absl::StatusOr<std::shared_ptr<File>> OpenSegment(Offset base_offset) const override;
  absl::StatusOr<std::vector<TransactionIndexEntry>> AbortedTransactions(Offset start,
                                                                         Offset end) const override;
  absl::StatusOr<LastProducerRecords> LastRecordsOfProducers() const override { return producers; }
  absl::Status ReplaceSegments(absl::Span<const CompactionSegment> covered,
                               const CleanedSegment& cleaned) override;

  CleanableState state;
  LastProducerRecords producers;
  std::function<absl::Status()> before_replace;  // Asked first, if there.

 private:
  std::string PathOf(Offset base_offset, SegmentFileKind kind = SegmentFileKind::kLog) const;
  void Note(absl::string_view batches);
  absl::Status RemoveDeleted();

  FileSystem* const file_system_;
  const TopicPartition topic_partition_;
  const std::string directory_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_TEST_CLEANABLE_LOG_H_
