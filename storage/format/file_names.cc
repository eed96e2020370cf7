#include "storage/format/file_names.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "storage/base/check.h"
#include "storage/format/decimal.h"
#include "storage/format/topic_name.h"

namespace tidemark {
namespace {

constexpr size_t kOffsetDigits = 20;
constexpr size_t kUniqueDigits = 32;
// What Linux file systems allow for one name.
constexpr size_t kNameBytesMax = 255;

template <typename Value>
struct Suffix {
  Value value;
  absl::string_view text;
};

constexpr Suffix<SegmentFileKind> kKinds[] = {
    {SegmentFileKind::kLog, ".log"},
    {SegmentFileKind::kOffsetIndex, ".index"},
    {SegmentFileKind::kTimeIndex, ".timeindex"},
    {SegmentFileKind::kTransactionIndex, ".txnindex"},
    {SegmentFileKind::kProducerSnapshot, ".snapshot"},
};

constexpr Suffix<SegmentFileState> kSegmentStates[] = {
    {SegmentFileState::kDeleted, ".deleted"},
    {SegmentFileState::kCleaned, ".cleaned"},
    {SegmentFileState::kSwap, ".swap"},
    {SegmentFileState::kLive, ""},
};

constexpr Suffix<PartitionDirectoryState> kDirectoryStates[] = {
    {PartitionDirectoryState::kDelete, "-delete"},
    {PartitionDirectoryState::kFuture, "-future"},
    {PartitionDirectoryState::kStray, "-stray"},
    {PartitionDirectoryState::kLive, ""},
};

// Takes the first suffix that `name` ends with off its end.
template <typename Value, size_t kCount>
absl::optional<Value> TakeSuffix(const Suffix<Value> (&suffixes)[kCount], absl::string_view* name) {
  for (const Suffix<Value>& suffix : suffixes) {
    if (absl::ConsumeSuffix(name, suffix.text)) return suffix.value;
  }
  return absl::nullopt;
}

template <typename Value, size_t kCount>
absl::string_view SuffixOf(const Suffix<Value> (&suffixes)[kCount], Value value) {
  const auto suffix = std::find_if(std::begin(suffixes), std::end(suffixes),
                                   [&](const Suffix<Value>& s) { return s.value == value; });
  TM_CHECK(suffix != std::end(suffixes));
  return suffix->text;
}

bool IsHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
}

absl::Status BadDirectory(absl::string_view name, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "'", absl::CHexEscape(name), "' is not the name of a partition directory: ", why));
}

}  // namespace

std::string FormatSegmentFileName(const SegmentFileName& name) {
  TM_CHECK(name.offset >= Offset(0));
  return absl::StrFormat("%0*d%s%s", kOffsetDigits, name.offset.value(),
                         SuffixOf(kKinds, name.kind), SuffixOf(kSegmentStates, name.state));
}

absl::optional<SegmentFileName> ParseSegmentFileName(absl::string_view name) {
  SegmentFileName result;
  result.state = *TakeSuffix(kSegmentStates, &name);
  const absl::optional<SegmentFileKind> kind = TakeSuffix(kKinds, &name);
  if (!kind.has_value()) return absl::nullopt;
  result.kind = *kind;
  int64_t offset = 0;
  if (name.size() != kOffsetDigits || !std::all_of(name.begin(), name.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(name, &offset)) {
    return absl::nullopt;
  }
  result.offset = Offset(offset);
  return result;
}

std::string FormatPartitionDirectoryName(const TopicPartition& partition) {
  TM_CHECK(partition.partition >= PartitionId(0));
  return absl::StrCat(partition.topic, "-", partition.partition.value());
}

std::string FormatPartitionDirectoryName(const TopicPartition& partition,
                                         PartitionDirectoryState state,
                                         const std::array<uint8_t, 16>& unique) {
  TM_CHECK(state != PartitionDirectoryState::kLive && partition.partition >= PartitionId(0));
  const std::string ending =
      absl::StrCat("-", partition.partition.value(), ".",
                   absl::BytesToHexString(absl::string_view(
                       reinterpret_cast<const char*>(unique.data()), unique.size())),
                   SuffixOf(kDirectoryStates, state));
  return absl::StrCat(partition.topic.substr(0, kNameBytesMax - ending.size()), ending);
}

absl::StatusOr<PartitionDirectoryName> ParsePartitionDirectoryName(absl::string_view name) {
  absl::string_view rest = name;
  PartitionDirectoryName result;
  result.state = *TakeSuffix(kDirectoryStates, &rest);
  if (result.state != PartitionDirectoryState::kLive) {
    const size_t dot = rest.rfind('.');
    if (dot == absl::string_view::npos || rest.size() - dot - 1 != kUniqueDigits ||
        !IsHex(rest.substr(dot + 1))) {
      return BadDirectory(name, "'.' and 32 hexadecimal digits are expected before its ending");
    }
    rest = rest.substr(0, dot);
  }
  const size_t hyphen = rest.rfind('-');
  if (hyphen == absl::string_view::npos) {
    return BadDirectory(name, "'<topic>-<partition>' is expected");
  }
  int32_t partition = 0;
  if (!ParseDecimal(rest.substr(hyphen + 1), &partition) || partition < 0) {
    return BadDirectory(name, "a partition number is expected behind the last '-'");
  }
  const absl::string_view topic = rest.substr(0, hyphen);
  if (const absl::Status status = ValidateTopicName(topic); !status.ok()) {
    return BadDirectory(name, status.message());
  }
  result.partition = {std::string(topic), PartitionId(partition)};
  return result;
}

}  // namespace tidemark
