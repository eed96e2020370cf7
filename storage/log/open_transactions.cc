#include "storage/log/open_transactions.h"

#include <algorithm>

namespace tidemark {

void OpenTransactions::Begin(ProducerId producer_id, Offset first_offset) {
  begun_[first_offset] = producer_id;
}

Offset OpenTransactions::End(Offset first_offset, Offset last_offset) {
  begun_.erase(first_offset);
  ended_[first_offset] = last_offset;
  return first_undecided().value_or(last_offset + 1);
}

void OpenTransactions::ReleaseBelow(Offset offset) {
  std::erase_if(ended_, [&](const auto& transaction) { return transaction.second < offset; });
}

void OpenTransactions::Clear() {
  begun_.clear();
  ended_.clear();
}

absl::optional<Offset> OpenTransactions::first_unstable() const {
  absl::optional<Offset> first = first_undecided();
  if (!ended_.empty()) {
    first = std::min(first.value_or(ended_.begin()->first), ended_.begin()->first);
  }
  return first;
}

absl::optional<Offset> OpenTransactions::first_undecided() const {
  if (begun_.empty()) return absl::nullopt;
  return begun_.begin()->first;
}

}  // namespace tidemark
