#ifndef TIDEMARK_API_GROUPS_OFFSET_STORE_H_
#define TIDEMARK_API_GROUPS_OFFSET_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "api/catalog/topic_catalog.h"
#include "api/groups.h"
#include "api/groups/offsets_partition.h"
#include "storage/base/mutex.h"
#include "storage/engine.h"
#include "storage/env.h"
#include "storage/periodic_task.h"
#include "storage/types.h"

namespace tidemark {

// The offsets topic as a whole: which partition a group belongs to, what may be committed, and what
// has expired. See Groups for what the calls promise. Thread-safe.
class OffsetStore {
 public:
  using Done = std::function<void(absl::Status)>;

  // Not owned: the catalog, the engine, the seams.
  OffsetStore(TopicCatalog* catalog, const StorageEngine* engine, const Environment& environment);

  // Loads the topic, if there is one, and begins to look for what has expired. Once, before all
  // else.
  absl::Status Open();
  // Stops that; all later calls return FAILED_PRECONDITION.
  void Close();

  void Commit(absl::string_view group, const OffsetsByPartition& offsets, Durability durability,
              Done done);
  absl::StatusOr<OffsetsByPartition> Fetch(absl::string_view group) const;
  absl::StatusOr<absl::optional<OffsetAndMetadata>> Fetch(
      absl::string_view group, const TopicPartition& topic_partition) const;
  void DeleteOffsets(absl::string_view group, absl::Span<const TopicPartition> partitions,
                     Durability durability, Done done);
  void DeleteGroup(absl::string_view group, Durability durability, Done done);
  absl::StatusOr<std::vector<GroupSummary>> List() const;
  absl::StatusOr<int64_t> Expire();

  // Forgets all groups' offsets of a topic that is gone.
  absl::Status ForgetTopic(absl::string_view topic);

  // ---- For the coordinator of transactions.

  // The partition that the group's offsets are in; its markers go there as well. Makes the topic if
  // there is none.
  absl::StatusOr<PartitionId> PartitionOf(absl::string_view group);
  // Writes offsets that hold from the transaction's commit on. They are in the log on return.
  absl::Status CommitInTransaction(absl::string_view group, const OffsetsByPartition& offsets,
                                   const TransactionStamp& transaction);
  // After the marker has been appended to that partition.
  void EndTransaction(PartitionId partition, ProducerId producer_id, bool is_commit);

 private:
  using Partitions = std::vector<std::unique_ptr<OffsetsPartition>>;

  // The engine's, as they were at Open.
  struct Settings {
    int32_t partition_count = 0;
    int64_t segment_bytes = 0;
    Codec codec = Codec::kNone;
    int64_t metadata_bytes_max = 0;
    absl::Duration retention;
    absl::Duration retention_check_interval;
  };

  absl::Status CheckCommit(const OffsetsByPartition& offsets) const;
  absl::StatusOr<std::vector<KeyedRecord>> MakeRecords(absl::string_view group,
                                                       const OffsetsByPartition& offsets) const;
  absl::StatusOr<Offset> Write(absl::string_view group, const OffsetsByPartition& offsets,
                               const absl::optional<TransactionStamp>& transaction,
                               OffsetsPartition** partition);
  void Bury(absl::string_view group,
            absl::FunctionRef<std::vector<std::string>(const OffsetsState&)> choose,
            Durability durability, Done done);

  // Null while there is no topic.
  absl::StatusOr<std::shared_ptr<const Partitions>> FindPartitions() const;
  absl::StatusOr<OffsetsPartition*> FindPartition(absl::string_view group) const;
  absl::StatusOr<std::shared_ptr<const Partitions>> MakeTopic();
  absl::StatusOr<std::shared_ptr<const Partitions>> LoadTopic();
  OffsetAndMetadata Public(const CommittedOffset& offset) const;
  bool IsOfOlderTopic(const TopicPartition& topic_partition, const CommittedOffset& offset) const;
  void ReadSettings();

  TopicCatalog* const catalog_;
  const StorageEngine* const engine_;
  const Environment environment_;
  Settings settings_;

  Mutex make_mutex_;  // Taken first, and held while the topic is made.
  mutable Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const Partitions> partitions_ ABSL_GUARDED_BY(mutex_);

  std::unique_ptr<PeriodicTask> expiry_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_GROUPS_OFFSET_STORE_H_
