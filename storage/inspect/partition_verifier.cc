#include "storage/inspect/partition_verifier.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/file_names.h"
#include "storage/format/partition_metadata.h"
#include "storage/format/producer_snapshot.h"
#include "storage/format/topic_id.h"
#include "storage/inspect/index_entries.h"

namespace tidemark {

std::string PartitionVerifier::Path(absl::string_view name) const {
  return JoinPath(context_.place.directory, name);
}

absl::Status PartitionVerifier::Run() {
  TM_RETURN_IF_ERROR(ListFiles());
  ++context_.totals->partition_count;
  CheckPartitionMetadata();
  absl::optional<EpochCheck> epochs = OpenEpochs();
  TM_RETURN_IF_ERROR(CheckSegments(epochs.has_value() ? &*epochs : nullptr));
  if (progress_.next_offset.has_value()) {
    CheckEpochsAgainstEnd(*progress_.next_offset);
    CheckCheckpoints(*progress_.next_offset);
  }
  CheckSnapshots(progress_.next_offset);
  CheckTransactionIndexes();
  CheckOrphans();
  return absl::OkStatus();
}

absl::Status PartitionVerifier::ListFiles() {
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries,
                      context_.file_system->List(context_.place.directory));
  for (const DirectoryEntry& entry : entries) {
    const absl::optional<SegmentFileName> parsed = ParseSegmentFileName(entry.name);
    if (entry.type != FileType::kFile) {
      context_.findings->AddNote({Path(entry.name), {}, {}}, "not a file; it is left alone");
    } else if (parsed.has_value()) {
      PassSegmentFile(entry.name, *parsed);
    } else {
      PassOtherFile(entry.name);
    }
  }
  std::sort(segments_.begin(), segments_.end());
  return absl::OkStatus();
}

void PartitionVerifier::PassSegmentFile(const std::string& name, const SegmentFileName& parsed) {
  if (parsed.state != SegmentFileState::kLive) {
    context_.findings->AddNote({Path(name), {}, {}},
                               "left by a deletion or compaction that did not end; not checked");
    if (parsed.kind != SegmentFileKind::kLog) return;
    if (parsed.state == SegmentFileState::kDeleted) deleted_logs_.push_back(parsed.offset);
    if (parsed.state == SegmentFileState::kSwap) swap_logs_.push_back(parsed.offset);
  } else if (parsed.kind == SegmentFileKind::kLog) {
    segments_.push_back(parsed.offset);
  } else if (parsed.kind == SegmentFileKind::kProducerSnapshot) {
    snapshots_.push_back(parsed.offset);
  } else {
    segment_side_files_.push_back(parsed);
  }
}

void PartitionVerifier::PassOtherFile(const std::string& name) {
  if (name == kPartitionMetadataFileName) {
    has_metadata_ = true;
  } else if (name == kLeaderEpochCheckpointName) {
    has_epochs_ = true;
  } else {
    context_.findings->AddNote(
        {Path(name), {}, {}},
        absl::EndsWith(name, kTemporaryFileSuffix)
            ? "a file that was being written, or left by a crash; it means nothing"
            : "an unknown file; it is left alone");
  }
}

absl::optional<std::string> PartitionVerifier::Read(const std::string& path) {
  absl::StatusOr<std::string> text = ReadWholeFile(context_.file_system, path, kSideFileBytesMax);
  if (text.ok()) {
    context_.totals->bytes += static_cast<int64_t>(text->size());
    context_.on_bytes(static_cast<int64_t>(text->size()));
    return *std::move(text);
  }
  if (!absl::IsNotFound(text.status())) {
    context_.AddDamage({path, {}, {}}, absl::StrCat("cannot be read: ", text.status().message()));
  }
  return absl::nullopt;
}

void PartitionVerifier::CheckPartitionMetadata() {
  const std::string path = Path(kPartitionMetadataFileName);
  if (!has_metadata_) {
    context_.findings->AddNote({path, {}, {}},
                               "missing; Kafka sets such a partition aside as not its own");
    return;
  }
  const absl::optional<std::string> text = Read(path);
  if (!text.has_value()) return;
  const absl::StatusOr<TopicId> topic_id = ParsePartitionMetadata(*text);
  if (!topic_id.ok()) {
    context_.AddDamage({path, {}, {}},
                       absl::StrCat(topic_id.status().message(),
                                    "; copy the file of another partition of the topic"));
  } else if (topic_id_.has_value() && !(*topic_id == *topic_id_)) {
    context_.AddDamage(
        {path, {}, {}},
        absl::StrCat("belongs to a topic with id ", FormatTopicId(*topic_id), ", but the id of ",
                     context_.place.topic_partition.topic, " is ", FormatTopicId(*topic_id_),
                     "; the directory may be another topic's"));
  }
}

absl::optional<EpochCheck> PartitionVerifier::OpenEpochs() {
  if (!has_epochs_) return absl::nullopt;
  const std::string path = Path(kLeaderEpochCheckpointName);
  const absl::optional<std::string> text = Read(path);
  if (!text.has_value()) return absl::nullopt;
  absl::StatusOr<std::vector<LeaderEpochEntry>> entries = ParseLeaderEpochCheckpoint(*text);
  if (!entries.ok()) {
    context_.AddDamage({path, {}, {}},
                       absl::StrCat(entries.status().message(),
                                    "; delete the file: it is rebuilt when the directory is "
                                    "opened"));
    return absl::nullopt;
  }
  epoch_entries_ = *entries;
  return EpochCheck(*std::move(entries), context_.log_start);
}

absl::Status PartitionVerifier::CheckSegments(EpochCheck* epochs) {
  if (segments_.empty()) {
    context_.findings->AddNote({context_.place.directory, {}, {}}, "has no segment");
    progress_.next_offset = context_.log_start;
    return absl::OkStatus();
  }
  for (size_t i = 0; i < segments_.size(); ++i) {
    const absl::optional<Offset> next_base_offset =
        i + 1 < segments_.size() ? absl::make_optional(segments_[i + 1]) : absl::nullopt;
    TM_RETURN_IF_ERROR(
        SegmentVerifier(&context_, segments_[i], next_base_offset, epochs, &progress_).Run());
  }
  const bool has_epoch = progress_.leader_epoch != kNoLeaderEpoch;
  if (has_epoch && !has_epochs_ && progress_.next_offset.has_value()) {
    context_.AddUnlessUnsettled(*progress_.next_offset, {Path(kLeaderEpochCheckpointName), {}, {}},
                                "missing; it is rebuilt when the directory is opened");
  }
  return absl::OkStatus();
}

void PartitionVerifier::CheckEpochsAgainstEnd(Offset log_end) {
  if (epoch_entries_.empty() || epoch_entries_.back().start_offset <= log_end) return;
  const LeaderEpochEntry& last = epoch_entries_.back();
  context_.AddUnlessUnsettled(
      log_end, {Path(kLeaderEpochCheckpointName), {}, last.start_offset},
      absl::StrCat("epoch ", last.epoch.value(), " starts at offset ", last.start_offset.value(),
                   ", but the log ends at offset ", log_end.value()));
}

void PartitionVerifier::CheckCheckpoints(Offset log_end) {
  const std::string& root = context_.place.data_directory;
  if (context_.recovery_point > log_end) {
    context_.AddDamage({JoinPath(root, kRecoveryPointCheckpointName), {}, context_.recovery_point},
                       absl::StrCat("everything below offset ", context_.recovery_point.value(),
                                    " was on stable storage, but the log ends at offset ",
                                    log_end.value(), ": restore what is missing from a copy"));
  }
  if (context_.log_start > log_end) {
    context_.AddDamage({JoinPath(root, kLogStartOffsetCheckpointName), {}, context_.log_start},
                       absl::StrCat("the log starts at offset ", context_.log_start.value(),
                                    ", but ends at offset ", log_end.value(),
                                    ": restore what is missing from a copy"));
  }
}

void PartitionVerifier::CheckSnapshots(absl::optional<Offset> log_end) {
  for (const Offset snapshot : snapshots_) {
    const std::string path =
        SegmentPath(context_.place.directory, snapshot, SegmentFileKind::kProducerSnapshot);
    const absl::optional<std::string> bytes = Read(path);
    if (!bytes.has_value()) continue;
    const absl::StatusOr<std::vector<ProducerSnapshotEntry>> entries =
        ParseProducerSnapshot(*bytes);
    if (!entries.ok()) {
      context_.AddUnlessUnsettled(
          snapshot + 1, {path, {}, {}},
          absl::StrCat(entries.status().message(), "; delete the file: an older one is used"));
      continue;
    }
    if (log_end.has_value() && snapshot > *log_end) {
      context_.AddUnlessUnsettled(
          *log_end, {path, {}, {}},
          absl::StrCat("covers offsets up to ", snapshot.value(), ", but the log ends at offset ",
                       log_end->value(), "; delete the file"));
    }
    for (const ProducerSnapshotEntry& entry : *entries) {
      if (entry.last_offset < snapshot) continue;
      context_.AddDamage({path, {}, entry.last_offset},
                         absl::StrCat("producer ", entry.producer_id.value(),
                                      " wrote last at offset ", entry.last_offset.value(),
                                      ", which the snapshot does not cover; delete the file"));
    }
  }
}

void PartitionVerifier::CheckTransactionIndexes() {
  for (const SegmentFileName& file : segment_side_files_) {
    if (file.kind != SegmentFileKind::kTransactionIndex) continue;
    const std::string path = SegmentPath(context_.place.directory, file.offset, file.kind);
    const absl::optional<std::string> bytes = Read(path);
    if (!bytes.has_value()) continue;
    const IndexEntries<TransactionIndexEntry> index = ParseTransactionIndex(*bytes);
    for (const IndexProblem& problem : index.problems) {
      context_.AddDamage({path, problem.position, {}}, problem.message);
    }
    if (!index.problems.empty() || index.entries.empty()) continue;
    const auto next = std::upper_bound(segments_.begin(), segments_.end(), file.offset);
    const absl::optional<Offset> end =
        next == segments_.end() ? progress_.next_offset : absl::make_optional(*next);
    if (index.entries.front().last_offset < file.offset ||
        (end.has_value() && index.entries.back().last_offset >= *end)) {
      context_.AddDamage(
          {path, {}, {}},
          absl::StrCat("has transactions that ended between offsets ",
                       index.entries.front().last_offset.value(), " and ",
                       index.entries.back().last_offset.value(), ", which is not in its segment"));
    }
  }
}

// The .log file goes first. What a compacted segment replaces goes while that has `.swap` behind
// its name, and may have been removed by a recovery.
bool PartitionVerifier::IsBeingRemoved(Offset base_offset) const {
  return std::count(deleted_logs_.begin(), deleted_logs_.end(), base_offset) > 0 ||
         std::any_of(swap_logs_.begin(), swap_logs_.end(),
                     [base_offset](Offset swap) { return swap <= base_offset; });
}

void PartitionVerifier::CheckOrphans() {
  for (const SegmentFileName& file : segment_side_files_) {
    if (std::binary_search(segments_.begin(), segments_.end(), file.offset)) continue;
    FindingPlace place = {SegmentPath(context_.place.directory, file.offset, file.kind), {}, {}};
    if (IsBeingRemoved(file.offset)) {
      context_.findings->AddNote(std::move(place),
                                 "left by a deletion or compaction that did not end; not checked");
    } else {
      context_.AddUnlessUnsettled(
          file.offset + 1, std::move(place),
          "there is no .log file of that name: a segment was lost, or its deletion did not end");
    }
  }
}

}  // namespace tidemark
