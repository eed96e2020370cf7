#ifndef TIDEMARK_STORAGE_LOG_OPEN_TRANSACTIONS_H_
#define TIDEMARK_STORAGE_LOG_OPEN_TRANSACTIONS_H_

#include <map>

#include "absl/types/optional.h"
#include "storage/types.h"

namespace tidemark {

// The transactions that keep a log's last stable offset down: those without a marker, and those
// whose marker is not below the high watermark yet.
class OpenTransactions {
 public:
  // `first_offset` is above that of every transaction begun before, or the same again.
  void Begin(ProducerId producer_id, Offset first_offset);

  // The marker of the transaction that began at `first_offset` is at `last_offset`. Returns the
  // last stable offset that stands in the transaction index: it takes no account of the high
  // watermark.
  Offset End(Offset first_offset, Offset last_offset);

  // Forgets the ended transactions whose markers are below `offset`, the high watermark.
  void ReleaseBelow(Offset offset);

  void Clear();

  // The smallest first offset; nothing if there is no transaction.
  absl::optional<Offset> first_unstable() const;
  // The same without those that have ended: compaction stops there.
  absl::optional<Offset> first_undecided() const;

  bool empty() const { return begun_.empty() && ended_.empty(); }

 private:
  std::map<Offset, ProducerId> begun_;  // By first offset.
  std::map<Offset, Offset> ended_;      // Last offset by first offset.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_OPEN_TRANSACTIONS_H_
