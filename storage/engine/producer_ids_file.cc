#include "storage/engine/producer_ids_file.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "storage/engine/checked_text.h"

namespace tidemark {
namespace {

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat("damaged: ", what, "; remove it: the ids then begin elsewhere"));
}

}  // namespace

std::string FormatProducerIdsFile(int64_t next_producer_id) {
  return FormatCheckedText({{{std::string(kNextProducerIdKey), absl::StrCat(next_producer_id)}}});
}

absl::StatusOr<int64_t> ParseProducerIdsFile(absl::string_view text) {
  const absl::StatusOr<std::vector<TextLine>> lines = ParseCheckedText(text);
  if (absl::IsDataLoss(lines.status())) return Damaged(lines.status().message());
  if (!lines.ok()) return lines.status();
  int64_t next = 0;
  if (lines->size() != 1 || lines->front().key != kNextProducerIdKey ||
      !absl::SimpleAtoi(lines->front().value, &next) || next < 0) {
    return Damaged(absl::StrCat("expected one line \"", kNextProducerIdKey, ": <number>\""));
  }
  return next;
}

}  // namespace tidemark
