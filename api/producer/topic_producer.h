#ifndef TIDEMARK_API_PRODUCER_TOPIC_PRODUCER_H_
#define TIDEMARK_API_PRODUCER_TOPIC_PRODUCER_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "api/partitions/partition_set.h"
#include "api/producer/sticky_partitioner.h"
#include "api/topic.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "storage/record.h"
#include "storage/record_batch_builder.h"

namespace tidemark {

// Whose a batch is, and which one of its producer's (KIP-98). By default nobody's.
struct ProducerStamp {
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = kNoProducerEpoch;
  Sequence base_sequence = kNoSequence;
  bool is_transactional = false;
};

// Appends to the partitions of one topic: chooses the partition, builds the batch, and waits for
// what was asked for. Thread-safe.
class TopicProducer {
 public:
  using Done = std::function<void(absl::StatusOr<AppendAck>)>;

  // Not owned: `partitions`, and the seams.
  TopicProducer(PartitionSet* partitions, const Environment& environment)
      : partitions_(partitions), clock_(environment.clock), sticky_(environment.random) {}

  // See Topic::AppendAsync.
  void Append(absl::Span<const Record> records, const ProduceOptions& options, Done done);

  // ---- Its three parts, for whoever has something to do between them.

  // Where the records go.
  absl::StatusOr<std::shared_ptr<OpenPartition>> Place(absl::Span<const Record> records,
                                                       const ProduceOptions& options);
  // Appends them there as one batch. After an error nothing was appended, or, if it is DATA_LOSS,
  // the log is fenced.
  absl::StatusOr<AppendAck> AppendTo(const OpenPartition& partition,
                                     absl::Span<const Record> records, Codec codec,
                                     const ProducerStamp& stamp);
  // Calls `done` once `ack` holds at `wanted`.
  static void Acknowledge(const std::shared_ptr<OpenPartition>& partition, AppendAck ack,
                          Durability wanted, Done done);

 private:
  // Builders that are kept for later appends, with their memory.
  static constexpr size_t kIdleBuildersMax = 8;

  absl::StatusOr<AppendAck> AppendWith(RecordBatchBuilder* builder, const OpenPartition& partition,
                                       absl::Span<const Record> records);
  std::unique_ptr<RecordBatchBuilder> BorrowBuilder();
  void ReturnBuilder(std::unique_ptr<RecordBatchBuilder> builder);

  PartitionSet* const partitions_;
  Clock* const clock_;
  Mutex mutex_;
  StickyPartitioner sticky_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<RecordBatchBuilder>> idle_builders_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_API_PRODUCER_TOPIC_PRODUCER_H_
