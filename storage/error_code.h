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
  kKafkaStorageError = 56,             // There is no room on the disk: see IsDiskFull.
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

// True for an append that was refused for want of room on the disk, or in the user's quota: nothing
// of its batch is in the log, and the same append succeeds once there is room. Other things that
// run out, such as mappings, are RESOURCE_EXHAUSTED too, and not this.
inline bool IsDiskFull(const absl::Status& status) {
  return absl::IsResourceExhausted(status) && ErrorCodeOf(status) == ErrorCode::kKafkaStorageError;
}

// `status` of a file operation that an append needs: one that found no room becomes one that
// IsDiskFull knows, with what to do.
inline absl::Status AsDiskFull(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status) || IsDiskFull(status)) return status;
  return WithErrorCode(ErrorCode::kKafkaStorageError,
                       absl::ResourceExhaustedError(absl::StrCat(
                           status.message(),
                           "; the disk is full: delete records or topics, or make room otherwise; "
                           "appends then go on by themselves")));
}

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ERROR_CODE_H_
