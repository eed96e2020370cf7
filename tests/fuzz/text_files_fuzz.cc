// The text files of a data directory: every parser gets every text. What is accepted is written
// again, and read as the same.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/base/check.h"
#include "storage/engine/producer_ids_file.h"
#include "storage/engine/topic_file.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/clean_shutdown_file.h"
#include "storage/format/partition_metadata.h"
#include "tests/fuzz/repair.h"
#include "tests/fuzz/targets.h"

namespace tidemark {
namespace {

bool IsKnown(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsFailedPrecondition(status);
}

template <typename Parse, typename Format>
void CheckText(absl::string_view text, Parse parse, Format format) {
  const auto parsed = parse(text);
  if (!parsed.ok()) {
    TM_CHECK(IsKnown(parsed.status()));
    return;
  }
  const std::string written = format(*parsed);
  const auto again = parse(written);
  TM_CHECK(again.ok() && *again == *parsed);
  TM_CHECK(format(*again) == written);
}

void CheckCheckedTexts(absl::string_view text) {
  CheckText(text, ParseTopicFile, FormatTopicFile);
  CheckText(text, ParseEngineProperties, FormatEngineProperties);
  CheckText(text, ParseProducerIdsFile, FormatProducerIdsFile);
}

}  // namespace

void FuzzTextFiles(absl::string_view input) {
  CheckText(input, ParseOffsetCheckpoint, FormatOffsetCheckpoint);
  CheckText(input, ParseLeaderEpochCheckpoint, FormatLeaderEpochCheckpoint);
  CheckText(input, ParsePartitionMetadata, FormatPartitionMetadata);
  const int64_t broker_epoch = ParseCleanShutdownBrokerEpoch(input);
  TM_CHECK(ParseCleanShutdownBrokerEpoch(absl::StrCat("{\"brokerEpoch\":", broker_epoch, "}")) ==
           broker_epoch);
  CheckCheckedTexts(input);
  CheckCheckedTexts(RepairCheckedText(input));
}

}  // namespace tidemark
