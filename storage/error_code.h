#ifndef TIDEMARK_STORAGE_ERROR_CODE_H_
#define TIDEMARK_STORAGE_ERROR_CODE_H_

// What exactly was wrong with an append, in the numbers of Kafka's protocol, for callers that have
// to tell errors with one status code apart.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace tidemark {

// Kafka's protocol numbers (org.apache.kafka.common.protocol.Errors) for what the log says.
enum class ErrorCode : int16_t {
  kOutOfOrderSequenceNumber = 45,      // A sequence that does not follow the producer's last one.
  kInvalidProducerEpoch = 47,          // A newer epoch of the same producer has written already.
  kInvalidTransactionState = 48,       // A batch outside the transaction that its producer is in.
  kTransactionCoordinatorFenced = 52,  // A marker of a coordinator that was replaced.
  kInvalidRecord = 87,                 // A record that this log takes from nobody.
};

// `status`, which is not OK, carrying `code`. Annotate keeps it.
inline absl::Status WithErrorCode(ErrorCode code, absl::Status status) {
  status.SetPayload("tidemark/error_code", absl::Cord(absl::StrCat(static_cast<int16_t>(code))));
  return status;
}

// What WithErrorCode put there; nothing for any other status.
inline absl::optional<ErrorCode> ErrorCodeOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload("tidemark/error_code");
  int32_t number = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &number)) {
    return absl::nullopt;
  }
  return static_cast<ErrorCode>(number);
}

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ERROR_CODE_H_
