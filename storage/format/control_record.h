#ifndef TIDEMARK_STORAGE_FORMAT_CONTROL_RECORD_H_
#define TIDEMARK_STORAGE_FORMAT_CONTROL_RECORD_H_

// The records of control batches: docs/format/record_batch.md.

#include <array>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tidemark {

enum class ControlRecordType : int16_t {
  kAbort = 0,
  kCommit = 1,
  kLeaderChange = 2,
  kSnapshotHeader = 3,
  kSnapshotFooter = 4,
  kKRaftVersion = 5,
  kKRaftVoters = 6,
};

// A control record's key. `type` may be one that this version does not know: such a record is to
// be passed over.
struct ControlRecordKey {
  static constexpr int kBytes = 4;

  int16_t version = 0;
  ControlRecordType type = ControlRecordType::kAbort;

  std::array<char, kBytes> Encode() const;
  // DATA_LOSS if the key is shorter than 4 bytes or its version negative. A newer version may
  // append bytes; they are left alone.
  static absl::StatusOr<ControlRecordKey> Parse(absl::string_view key);
};

// The value of a kAbort or kCommit record.
struct EndTransactionMarker {
  static constexpr int kBytes = 6;

  int16_t version = 0;
  int32_t coordinator_epoch = 0;

  std::array<char, kBytes> Encode() const;
  // Same errors as ControlRecordKey::Parse, with 6 bytes.
  static absl::StatusOr<EndTransactionMarker> Parse(absl::string_view value);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_CONTROL_RECORD_H_
