#ifndef TIDEMARK_API_TRANSACTIONS_TRANSACTION_KEY_H_
#define TIDEMARK_API_TRANSACTIONS_TRANSACTION_KEY_H_

// Keys of `__transaction_state`: docs/format/transaction_state.md.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tidemark {

// `transactional_id` has at most 32767 bytes.
std::string EncodeTransactionKey(absl::string_view transactional_id);

// The transactional id: a view of `key`. DATA_LOSS if the key is cut short or has bytes left over;
// UNIMPLEMENTED, with the version, for one that is newer than this reader.
absl::StatusOr<absl::string_view> ParseTransactionKey(absl::string_view key);

}  // namespace tidemark

#endif  // TIDEMARK_API_TRANSACTIONS_TRANSACTION_KEY_H_
