// Producer snapshots: as they are, and with a CRC that is right.

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/base/check.h"
#include "storage/format/producer_snapshot.h"
#include "tests/fuzz/repair.h"
#include "tests/fuzz/targets.h"

namespace tidemark {
namespace {

// Whatever is a snapshot is the only form of what it says.
void CheckSnapshot(absl::string_view bytes) {
  const absl::StatusOr<std::vector<ProducerSnapshotEntry>> entries = ParseProducerSnapshot(bytes);
  if (entries.ok()) {
    TM_CHECK(FormatProducerSnapshot(*entries) == bytes);
  } else {
    TM_CHECK(absl::IsDataLoss(entries.status()));
  }
}

}  // namespace

void FuzzProducerSnapshot(absl::string_view input) {
  CheckSnapshot(input);
  CheckSnapshot(RepairSnapshot(input));
}

}  // namespace tidemark
