#ifndef TIDEMARK_API_TRANSACTIONS_TRANSACTION_RECONCILIATION_H_
#define TIDEMARK_API_TRANSACTIONS_TRANSACTION_RECONCILIATION_H_

// After a power loss a log may know more of a producer than the transaction topic, whose last
// records were not on stable storage. What is to be done then: values in, values out.

#include <map>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "api/transactions/producer_survey.h"
#include "api/transactions/transaction_value.h"
#include "storage/log.h"
#include "storage/types.h"

namespace tidemark {

// The epoch that the id is to go on from: at least the largest that any log has of its producer.
ProducerEpoch ReconciledEpoch(const TransactionValue& value, const ProducerSummary& producer);

// The marker, of epoch `epoch` and without its coordinator epoch, that `partition` wants for the
// transaction that its log has open of the id's producer, now or before; nothing if there is none,
// or if `value`, as the topic has it, knows of that very transaction and will end it. A transaction
// whose outcome is not known was not committed durably: it is aborted, so that nothing waits for it
// for ever, and no marker of an earlier one is taken for its own.
absl::optional<TransactionEnd> OrphanMarker(const TransactionValue& value,
                                            const TopicPartition& partition,
                                            const ProducerSummary& producer, ProducerEpoch epoch);

struct Reconciliation {
  struct Marker {
    std::string transactional_id;
    TopicPartition partition;
    TransactionEnd end;  // Without its coordinator epoch.
  };

  std::map<std::string, ProducerEpoch> epochs;  // ReconciledEpoch of each id that a log knows.
  std::vector<Marker> markers;                  // OrphanMarker of each log that wants one.
};

// What is to be done, all ids and logs together. `values` are those of the topic.
Reconciliation Reconcile(const std::map<std::string, TransactionValue>& values,
                         const ProducerSurvey& survey);

}  // namespace tidemark

#endif  // TIDEMARK_API_TRANSACTIONS_TRANSACTION_RECONCILIATION_H_
