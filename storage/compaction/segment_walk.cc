#include "storage/compaction/segment_walk.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/env.h"
#include "storage/format/file_names.h"
#include "storage/segment/batch_scanner.h"

namespace tidemark {
namespace {

// What the next batch has to continue.
struct Continuity {
  Offset offset_min;
  Offset end;
  LeaderEpoch epoch_min = kNoLeaderEpoch;

  absl::Status Take(const RecordBatchView& batch) {
    TM_RETURN_IF_ERROR(batch.VerifyCrc());
    if (batch.base_offset() < offset_min || batch.next_offset() > end) {
      return absl::DataLossError(
          absl::StrCat("a batch of the offsets from ", batch.base_offset().value(), " to ",
                       batch.last_offset().value(), ", where they must be at or above ",
                       offset_min.value(), " and below ", end.value()));
    }
    if (batch.leader_epoch() < epoch_min) {
      return absl::DataLossError(absl::StrCat("a batch of leader epoch ",
                                              batch.leader_epoch().value(), " behind one of ",
                                              epoch_min.value()));
    }
    offset_min = batch.next_offset();
    epoch_min = batch.leader_epoch();
    return absl::OkStatus();
  }
};

absl::Status CheckStop(const BatchScanner& scanner) {
  switch (scanner.stop()) {
    case BatchScanStop::kEnd:
      return absl::OkStatus();
    case BatchScanStop::kZeroTail:
      return absl::DataLossError("only zeros follow, in a sealed segment");
    case BatchScanStop::kTorn:
    case BatchScanStop::kBad:
      return absl::DataLossError(scanner.reason().message());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CleaningLimits::Spend(int64_t bytes) const {
  std::vector<IoThrottle::Debt> debts;
  for (IoThrottle* throttle : throttles) debts.push_back(throttle->Spend(bytes));
  for (size_t i = 0; i < debts.size(); ++i) {
    throttles[i]->Pay(debts[i], [this] { return check().ok(); });
  }
  return check();
}

absl::Status WalkSegment(const CleanableLog& log, const CompactionSegment& segment, Offset end,
                         const CleaningLimits& limits,
                         absl::FunctionRef<absl::StatusOr<bool>(const RecordBatchView&)> visit) {
  const std::string path = absl::StrCat(
      log.directory(), "/",
      FormatSegmentFileName({segment.base_offset, SegmentFileKind::kLog, SegmentFileState::kLive}));
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<File> file, log.OpenSegment(segment.base_offset));
  BatchScanner scanner(file.get(), 0, segment.size_bytes);
  const auto at = [&] { return absl::StrCat(path, " at ", scanner.position()); };
  Continuity continuity{segment.base_offset, end};
  int64_t unpaid_bytes = 0;
  TM_RETURN_IF_ERROR(limits.check());
  while (true) {
    const absl::StatusOr<bool> has_batch = scanner.Next();
    if (!has_batch.ok()) return Annotate(has_batch.status(), at());
    if (!*has_batch) break;
    const RecordBatchView& batch = scanner.batch();
    if (absl::Status status = continuity.Take(batch); !status.ok()) {
      return Annotate(status, at());
    }
    const absl::StatusOr<bool> goes_on = visit(batch);
    if (!goes_on.ok()) return Annotate(goes_on.status(), at());
    unpaid_bytes += batch.size_bytes();
    if (unpaid_bytes >= kScanBytes || !*goes_on) {
      TM_RETURN_IF_ERROR(limits.Spend(unpaid_bytes));
      unpaid_bytes = 0;
    }
    if (!*goes_on) return absl::OkStatus();
  }
  TM_RETURN_IF_ERROR(limits.Spend(unpaid_bytes));
  return Annotate(CheckStop(scanner), at());
}

}  // namespace tidemark
