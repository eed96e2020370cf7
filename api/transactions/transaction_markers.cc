#include "api/transactions/transaction_markers.h"

#include <memory>
#include <utility>

#include "api/catalog/internal_topics.h"
#include "api/partitions/coordinator_append.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

absl::StatusOr<std::shared_ptr<OpenPartition>> Find(const TopicCatalog& catalog,
                                                    const TopicPartition& partition) {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<SharedTopic> topic, catalog.Find(partition.topic));
  return topic->partitions().Find(partition.partition);
}

}  // namespace

absl::StatusOr<std::vector<AppendPlace>> TransactionMarkers::Ends(
    const std::set<TopicPartition>& partitions) const {
  std::vector<AppendPlace> places;
  for (const TopicPartition& partition : partitions) {
    absl::StatusOr<std::shared_ptr<OpenPartition>> found = Find(*catalog_, partition);
    if (absl::IsNotFound(found.status())) continue;
    TM_RETURN_IF_ERROR(found.status());
    const Offset end = (*found)->log->offsets().log_end;
    places.push_back({*std::move(found), end});
  }
  return places;
}

absl::Status TransactionMarkers::Append(const std::set<TopicPartition>& partitions,
                                        const TransactionEnd& end,
                                        std::vector<AppendPlace>* places) const {
  absl::Status status;
  for (const TopicPartition& partition : partitions) {
    absl::StatusOr<std::shared_ptr<OpenPartition>> found = Find(*catalog_, partition);
    if (absl::IsNotFound(found.status())) continue;
    status.Update(found.status());
    if (!found.ok()) continue;
    const absl::StatusOr<Offset> end_offset = AppendMarker(**found, end);
    status.Update(Annotate(end_offset.status(), PartitionName(partition)));
    if (!end_offset.ok()) continue;
    if (partition.topic == kOffsetsTopic) {
      offsets_->EndTransaction(partition.partition, end.producer_id, end.is_commit);
    }
    places->push_back({*std::move(found), *end_offset});
  }
  return status;
}

}  // namespace tidemark
