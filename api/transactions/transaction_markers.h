#ifndef TIDEMARK_API_TRANSACTIONS_TRANSACTION_MARKERS_H_
#define TIDEMARK_API_TRANSACTIONS_TRANSACTION_MARKERS_H_

#include <set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/catalog/topic_catalog.h"
#include "api/groups/offset_store.h"
#include "api/partitions/acknowledgement.h"
#include "storage/log.h"
#include "storage/types.h"

namespace tidemark {

// What a transaction does to the partitions that it is in. Thread-safe.
class TransactionMarkers {
 public:
  // Not owned: the catalog, the offsets.
  TransactionMarkers(TopicCatalog* catalog, OffsetStore* offsets)
      : catalog_(catalog), offsets_(offsets) {}

  // Where the logs of the partitions end now: what the transaction has in them is below. Those that
  // are gone are left out; an error for any other that cannot be used.
  absl::StatusOr<std::vector<AppendPlace>> Ends(const std::set<TopicPartition>& partitions) const;

  // Appends the marker to each of the partitions that is still there, and tells the offsets. Goes
  // on past errors, and returns the first; `places` gets those that were appended.
  absl::Status Append(const std::set<TopicPartition>& partitions, const TransactionEnd& end,
                      std::vector<AppendPlace>* places) const;

 private:
  TopicCatalog* const catalog_;
  OffsetStore* const offsets_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_TRANSACTIONS_TRANSACTION_MARKERS_H_
