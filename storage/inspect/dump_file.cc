#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/base/status_macros.h"
#include "storage/engine/checked_text.h"
#include "storage/engine/producer_ids_file.h"
#include "storage/env/whole_file.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/clean_shutdown_file.h"
#include "storage/format/partition_metadata.h"
#include "storage/format/producer_snapshot.h"
#include "storage/format/text_lines.h"
#include "storage/format/topic_id.h"
#include "storage/inspect.h"
#include "storage/inspect/dump_log.h"
#include "storage/inspect/index_entries.h"
#include "storage/inspect/partition_files.h"

namespace tidemark {

namespace {

using Visit = absl::FunctionRef<bool(const DataFileItem&)>;

// The number that the name begins with; 0 where it does not.
Offset BaseOffsetOf(absl::string_view path) {
  const absl::string_view name = NameOf(path);
  int64_t offset = 0;
  if (!absl::SimpleAtoi(name.substr(0, name.find('.')), &offset) || offset < 0) offset = 0;
  return Offset(offset);
}

// Passes what a parser returned, or that it returned DATA_LOSS.
template <typename Entries, typename ToItem>
void PassEntries(const absl::StatusOr<Entries>& entries, Visit visit, ToItem to_item) {
  if (!entries.ok()) {
    visit(DamageItem{FilePosition(0), std::string(entries.status().message())});
    return;
  }
  for (const auto& entry : *entries) {
    if (!visit(to_item(entry))) return;
  }
}

// Passes the entries of an index file, each with what is wrong with it behind.
template <typename Entry, typename ToItem>
void PassIndex(const IndexEntries<Entry>& index, Visit visit, ToItem to_item) {
  auto problem = index.problems.begin();
  FilePosition position(0);
  for (const Entry& entry : index.entries) {
    if (!visit(to_item(entry))) return;
    for (; problem != index.problems.end() && problem->position == position; ++problem) {
      if (!visit(DamageItem{position, problem->message})) return;
    }
    position += Entry::kBytes;
  }
  for (; problem != index.problems.end(); ++problem) {
    if (!visit(DamageItem{problem->position, problem->message})) return;
  }
  if (index.padding_bytes > 0) {
    visit(NoteItem{position, absl::StrCat(index.padding_bytes,
                                          " zeros up to the end of the file: "
                                          "space for entries to come")});
  }
}

void PassOffsetIndex(absl::string_view path, absl::string_view bytes, Visit visit) {
  const Offset base_offset = BaseOffsetOf(path);
  PassIndex(ParseOffsetIndex(bytes), visit, [&](const OffsetIndexEntry& entry) {
    return OffsetIndexItem{base_offset + entry.relative_offset.value(), entry.position};
  });
}

void PassTimeIndex(absl::string_view path, absl::string_view bytes, Visit visit) {
  const Offset base_offset = BaseOffsetOf(path);
  PassIndex(ParseTimeIndex(bytes), visit, [&](const TimeIndexEntry& entry) {
    return TimeIndexItem{entry.timestamp, base_offset + entry.relative_offset.value()};
  });
}

void PassTransactionIndex(absl::string_view bytes, Visit visit) {
  PassIndex(ParseTransactionIndex(bytes), visit, [](const TransactionIndexEntry& entry) {
    return AbortedTransactionItem{entry.producer_id, entry.first_offset, entry.last_offset,
                                  entry.last_stable_offset};
  });
}

void PassProducerSnapshot(absl::string_view bytes, Visit visit) {
  PassEntries(ParseProducerSnapshot(bytes), visit, [](const ProducerSnapshotEntry& entry) {
    ProducerItem item;
    item.producer_id = entry.producer_id;
    item.producer_epoch = entry.producer_epoch;
    item.last_sequence = entry.last_sequence;
    item.last_offset = entry.last_offset;
    item.last_offset_delta = entry.last_offset_delta;
    item.last_timestamp = entry.last_timestamp;
    item.coordinator_epoch = entry.coordinator_epoch;
    item.open_transaction_first_offset = entry.open_transaction_first_offset;
    return item;
  });
}

void PassPartitionMetadata(absl::string_view text, Visit visit) {
  const absl::StatusOr<TopicId> topic_id = ParsePartitionMetadata(text);
  if (!topic_id.ok()) {
    visit(DamageItem{FilePosition(0), std::string(topic_id.status().message())});
    return;
  }
  visit(PropertyItem{"topic_id", FormatTopicId(*topic_id)});
}

absl::Status PassTopicSettings(absl::string_view path, absl::string_view text, Visit visit) {
  const absl::StatusOr<std::vector<TextLine>> lines = ParseCheckedText(text);
  if (absl::IsFailedPrecondition(lines.status())) return Annotate(lines.status(), path);
  PassEntries(lines, visit, [](const TextLine& line) {
    return PropertyItem{line.key, line.value};
  });
  return absl::OkStatus();
}

absl::Status PassProducerIds(absl::string_view path, absl::string_view text, Visit visit) {
  const absl::StatusOr<int64_t> next = ParseProducerIdsFile(text);
  if (absl::IsFailedPrecondition(next.status())) return Annotate(next.status(), path);
  if (next.ok()) {
    visit(PropertyItem{std::string(kNextProducerIdKey), absl::StrCat(*next)});
  } else {
    visit(DamageItem{FilePosition(0), std::string(next.status().message())});
  }
  return absl::OkStatus();
}

void PassProperties(absl::string_view text, Visit visit) {
  TextLines lines(text);
  for (absl::string_view line; lines.Take(&line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(line, absl::MaxSplits('=', 1));
    if (!visit(PropertyItem{std::string(pair.first), std::string(pair.second)})) return;
  }
}

absl::Status DumpSideFile(DataFileKind kind, absl::string_view path, absl::string_view contents,
                          Visit visit) {
  switch (kind) {
    case DataFileKind::kOffsetIndex:
      PassOffsetIndex(path, contents, visit);
      break;
    case DataFileKind::kTimeIndex:
      PassTimeIndex(path, contents, visit);
      break;
    case DataFileKind::kTransactionIndex:
      PassTransactionIndex(contents, visit);
      break;
    case DataFileKind::kProducerSnapshot:
      PassProducerSnapshot(contents, visit);
      break;
    case DataFileKind::kLeaderEpochCheckpoint:
      PassEntries(ParseLeaderEpochCheckpoint(contents), visit, [](const LeaderEpochEntry& entry) {
        return LeaderEpochItem{entry.epoch, entry.start_offset};
      });
      break;
    case DataFileKind::kOffsetCheckpoint:
      PassEntries(ParseOffsetCheckpoint(contents), visit, [](const OffsetCheckpointEntry& entry) {
        return CheckpointItem{entry.partition, entry.offset};
      });
      break;
    case DataFileKind::kPartitionMetadata:
      PassPartitionMetadata(contents, visit);
      break;
    case DataFileKind::kTopicSettings:
      return PassTopicSettings(path, contents, visit);
    case DataFileKind::kProducerIds:
      return PassProducerIds(path, contents, visit);
    case DataFileKind::kProperties:
      PassProperties(contents, visit);
      break;
    case DataFileKind::kCleanShutdown:
      visit(PropertyItem{"brokerEpoch", absl::StrCat(ParseCleanShutdownBrokerEpoch(contents))});
      break;
    case DataFileKind::kLog:
    case DataFileKind::kUnknown:
      break;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status DumpFile(FileSystem* file_system, absl::string_view path,
                      absl::FunctionRef<bool(const DataFileItem&)> visit) {
  const DataFileKind kind = DataFileKindOf(path);
  if (kind == DataFileKind::kUnknown) {
    return absl::InvalidArgumentError(absl::StrCat(
        path,
        ": the name is not that of any file in a data directory (<20 digits>.log, .index, "
        ".timeindex, .txnindex, .snapshot; checkpoints; partition.metadata; <topic>.topic; "
        "tidemark.producer-ids)"));
  }
  if (kind == DataFileKind::kLog) return DumpLog(file_system, path, visit);
  const int64_t bytes_max = kind == DataFileKind::kOffsetIndex || kind == DataFileKind::kTimeIndex
                                ? kIndexFileBytesMax
                                : kSideFileBytesMax;
  TM_ASSIGN_OR_RETURN(const std::string contents, ReadWholeFile(file_system, path, bytes_max));
  return DumpSideFile(kind, path, contents, visit);
}

}  // namespace tidemark
