#include "api/transactions/transaction_key.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/base/message_fields.h"

namespace tidemark {
namespace {

constexpr int16_t kVersionMax = 0;

}  // namespace

std::string EncodeTransactionKey(absl::string_view transactional_id) {
  MessageWriter writer;
  writer.PutInt(kVersionMax);
  writer.PutString(transactional_id);
  return writer.Finish();
}

absl::StatusOr<absl::string_view> ParseTransactionKey(absl::string_view key) {
  MessageReader reader(key);
  const int16_t version = reader.TakeInt<int16_t>();
  if (reader.ok() && version > kVersionMax) {
    return absl::UnimplementedError(absl::StrCat("a key of the transaction log has version ",
                                                 version, "; version ", kVersionMax, " is known"));
  }
  const absl::string_view transactional_id = reader.TakeString();
  if (version < 0 || !reader.IsDone()) {
    return absl::DataLossError(absl::StrCat("a key of ", key.size(), " bytes and version ", version,
                                            " is not one of the transaction log"));
  }
  return transactional_id;
}

}  // namespace tidemark
