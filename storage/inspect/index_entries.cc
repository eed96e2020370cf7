#include "storage/inspect/index_entries.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/bytes.h"

namespace tidemark {

namespace {

// What is wrong with `entry` as the one behind `previous`; empty if nothing is.
std::string DescribeDisorder(const OffsetIndexEntry& previous, const OffsetIndexEntry& entry) {
  if (entry.relative_offset <= previous.relative_offset || entry.position <= previous.position) {
    return absl::StrCat("offset +", entry.relative_offset.value(), " at position ",
                        entry.position.value(), " does not rise above the entry before it, +",
                        previous.relative_offset.value(), " at ", previous.position.value());
  }
  return "";
}

std::string DescribeDisorder(const TimeIndexEntry& previous, const TimeIndexEntry& entry) {
  if (entry.timestamp <= previous.timestamp || entry.relative_offset < previous.relative_offset) {
    return absl::StrCat("timestamp ", entry.timestamp.value(), " at offset +",
                        entry.relative_offset.value(), " does not rise above the entry before it, ",
                        previous.timestamp.value(), " at +", previous.relative_offset.value());
  }
  return "";
}

std::string DescribeDisorder(const TransactionIndexEntry& previous,
                             const TransactionIndexEntry& entry) {
  if (entry.version != TransactionIndexEntry::kVersion) {
    return absl::StrCat("version ", entry.version, "; ", TransactionIndexEntry::kVersion,
                        " is expected");
  }
  if (entry.first_offset > entry.last_offset || entry.first_offset < Offset(0) ||
      entry.producer_id < ProducerId(0)) {
    return absl::StrCat("an aborted transaction of producer ", entry.producer_id.value(),
                        " from offset ", entry.first_offset.value(), " to ",
                        entry.last_offset.value(), " cannot be");
  }
  if (entry.last_offset <= previous.last_offset) {
    return absl::StrCat("last offset ", entry.last_offset.value(),
                        " does not rise above the entry before it, ", previous.last_offset.value());
  }
  return "";
}

// `before_first` is what any first entry has to rise above.
template <typename Entry>
IndexEntries<Entry> ParseIndex(absl::string_view bytes, const Entry& before_first) {
  IndexEntries<Entry> index;
  index.entries.reserve(bytes.size() / Entry::kBytes);
  Entry previous = before_first;
  const bool has_one_entry = bytes.size() == Entry::kBytes;
  FilePosition position(0);
  while (bytes.size() >= static_cast<size_t>(Entry::kBytes)) {
    if (!has_one_entry && IsZeroFilled(bytes.substr(0, Entry::kBytes)) && IsZeroFilled(bytes)) {
      index.padding_bytes = static_cast<int64_t>(bytes.size());
      return index;
    }
    const Entry entry = Entry::Decode(bytes.data());
    std::string problem = DescribeDisorder(previous, entry);
    if (!problem.empty()) index.problems.push_back({position, std::move(problem)});
    index.entries.push_back(entry);
    previous = entry;
    bytes.remove_prefix(Entry::kBytes);
    position += Entry::kBytes;
  }
  if (!bytes.empty()) {
    index.problems.push_back(
        {position, absl::StrCat("the last ", bytes.size(), " bytes are less than an entry of ",
                                Entry::kBytes)});
  }
  return index;
}

}  // namespace

IndexEntries<OffsetIndexEntry> ParseOffsetIndex(absl::string_view bytes) {
  return ParseIndex<OffsetIndexEntry>(bytes, {RelativeOffset(-1), FilePosition(-1)});
}

IndexEntries<TimeIndexEntry> ParseTimeIndex(absl::string_view bytes) {
  return ParseIndex<TimeIndexEntry>(bytes, {kNoTimestamp, RelativeOffset(-1)});
}

IndexEntries<TransactionIndexEntry> ParseTransactionIndex(absl::string_view bytes) {
  TransactionIndexEntry before_first;
  before_first.last_offset = Offset(-1);
  return ParseIndex<TransactionIndexEntry>(bytes, before_first);
}

}  // namespace tidemark
