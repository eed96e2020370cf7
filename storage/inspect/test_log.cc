#include "storage/inspect/test_log.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/engine/topic_file.h"
#include "storage/format/clean_shutdown_file.h"
#include "storage/format/control_record.h"
#include "storage/format/file_names.h"
#include "storage/format/partition_metadata.h"

namespace tidemark {

namespace {

TopicId TestTopicId() {
  TopicId id;
  id.bytes[15] = 7;
  return id;
}

std::string FinishBatch(RecordBatchBuilder* builder) {
  const absl::StatusOr<absl::Span<char>> bytes = builder->Finish();
  TM_CHECK(bytes.ok());
  return std::string(bytes->data(), bytes->size());
}

}  // namespace

std::string MakeTestBatch(const TestBatch& batch) {
  RecordBatchOptions options;
  options.codec = batch.codec;
  options.base_offset = batch.base_offset;
  options.leader_epoch = batch.leader_epoch;
  if (batch.transaction_of.has_value()) {
    options.producer_id = *batch.transaction_of;
    options.producer_epoch = ProducerEpoch(0);
    options.is_transactional = true;
    options.is_control = batch.is_commit.has_value();
  }
  RecordBatchBuilder builder(options);
  if (batch.is_commit.has_value()) {
    TM_CHECK(batch.record_count == 1);
    const auto key = ControlRecordKey{0, *batch.is_commit ? ControlRecordType::kCommit
                                                          : ControlRecordType::kAbort}
                         .Encode();
    const auto value = EndTransactionMarker{}.Encode();
    Record record;
    record.key = absl::string_view(key.data(), key.size());
    record.value = absl::string_view(value.data(), value.size());
    record.timestamp = batch.timestamp;
    TM_CHECK(builder.Add(record).ok());
    return FinishBatch(&builder);
  }
  std::string value;
  for (int i = 0; i < batch.record_count; ++i) {
    value = absl::StrCat("value ", batch.base_offset.value() + i, " ");
    value.resize(static_cast<size_t>(batch.value_bytes), 'x');
    const std::string key = absl::StrCat("key", i);
    Record record;
    record.key = key;
    record.value = value;
    record.timestamp = batch.timestamp + i;
    TM_CHECK(builder.Add(record).ok());
  }
  return FinishBatch(&builder);
}

std::string GetFile(FileSystem* file_system, absl::string_view path) {
  const absl::StatusOr<std::unique_ptr<File>> file = file_system->Open(path, OpenMode::kRead);
  TM_CHECK(file.ok());
  const absl::StatusOr<int64_t> size_bytes = (*file)->Size();
  TM_CHECK(size_bytes.ok());
  std::string contents(static_cast<size_t>(*size_bytes), '\0');
  TM_CHECK((*file)->Read(0, absl::MakeSpan(contents)).ok());
  return contents;
}

void PutFile(FileSystem* file_system, absl::string_view path, absl::string_view contents) {
  const absl::StatusOr<std::unique_ptr<File>> file = file_system->Open(path, OpenMode::kCreate);
  TM_CHECK(file.ok());
  TM_CHECK((*file)->Truncate(0).ok());
  TM_CHECK((*file)->Write(0, contents).ok());
}

void FlipBit(FileSystem* file_system, absl::string_view path, int64_t bit) {
  std::string contents = GetFile(file_system, path);
  contents[static_cast<size_t>(bit / 8)] ^= static_cast<char>(1 << (bit % 8));
  PutFile(file_system, path, contents);
}

std::string TestLog::Path(size_t number, absl::string_view suffix) const {
  return absl::StrFormat("%s/%020d%s", kDirectory, segments_[number].base_offset.value(), suffix);
}

void TestLog::AddTimeEntry(Segment* segment) {
  if (segment->largest_timestamp <= segment->indexed_timestamp) return;
  char entry[TimeIndexEntry::kBytes];
  TimeIndexEntry{segment->largest_timestamp,
                 RelativeOffset(static_cast<int32_t>(segment->largest_timestamp_offset -
                                                     segment->base_offset))}
      .Encode(entry);
  segment->time_index.append(entry, sizeof(entry));
  segment->indexed_timestamp = segment->largest_timestamp;
}

void TestLog::Append(TestBatch batch) {
  batch.base_offset = end_;
  Segment& segment = segments_.back();
  const std::string bytes = MakeTestBatch(batch);
  const auto position = static_cast<int64_t>(segment.log.size());
  if (epochs_.empty() || batch.leader_epoch > epochs_.back().epoch) {
    epochs_.push_back({batch.leader_epoch, end_});
  }
  end_ += batch.record_count;
  const Timestamp largest = batch.timestamp + (batch.record_count - 1);
  if (largest > segment.largest_timestamp) {
    segment.largest_timestamp = largest;
    segment.largest_timestamp_offset = end_ - 1;
  }
  if (position > 0) {
    char entry[OffsetIndexEntry::kBytes];
    OffsetIndexEntry{RelativeOffset(static_cast<int32_t>(end_ - 1 - segment.base_offset)),
                     FilePosition(position)}
        .Encode(entry);
    segment.index.append(entry, sizeof(entry));
    AddTimeEntry(&segment);
  }
  segment.positions.push_back(position);
  segment.log += bytes;
}

void TestLog::Roll() {
  AddTimeEntry(&segments_.back());
  segments_.emplace_back();
  segments_.back().base_offset = end_;
}

void TestLog::WriteRoot(FileSystem* file_system, Offset recovery_point,
                        bool offset_gaps_allowed) const {
  TM_CHECK(file_system->CreateDirectory(kRoot).ok());
  TM_CHECK(file_system->CreateDirectory(kDirectory).ok());
  TopicFile topic;
  topic.id = TestTopicId();
  topic.partition_count = 1;
  topic.offset_gaps_allowed = offset_gaps_allowed;
  PutFile(file_system, absl::StrCat(kRoot, "/t.topic"), FormatTopicFile(topic));
  PutFile(file_system, absl::StrCat(kRoot, "/", kLockFileName), "");
  const TopicPartition partition{"t", PartitionId(0)};
  PutFile(file_system, absl::StrCat(kRoot, "/", kRecoveryPointCheckpointName),
          FormatOffsetCheckpoint({{partition, recovery_point}}));
  PutFile(file_system, absl::StrCat(kRoot, "/", kLogStartOffsetCheckpointName),
          FormatOffsetCheckpoint({}));
  PutFile(file_system, absl::StrCat(kDirectory, "/", kPartitionMetadataFileName),
          FormatPartitionMetadata(topic.id));
  if (!epochs_.empty()) {
    PutFile(file_system, absl::StrCat(kDirectory, "/", kLeaderEpochCheckpointName),
            FormatLeaderEpochCheckpoint(epochs_));
  }
}

void TestLog::WriteClosed(FileSystem* file_system, bool offset_gaps_allowed) const {
  WriteRoot(file_system, end_, offset_gaps_allowed);
  PutFile(file_system, absl::StrCat(kRoot, "/", kCleanShutdownFileName), kCleanShutdownText);
  for (size_t i = 0; i < segments_.size(); ++i) {
    Segment segment = segments_[i];
    AddTimeEntry(&segment);
    PutFile(file_system, LogPath(i), segment.log);
    PutFile(file_system, IndexPath(i), segment.index);
    PutFile(file_system, TimeIndexPath(i), segment.time_index);
  }
}

void TestLog::WriteKilled(FileSystem* file_system, Offset recovery_point) const {
  constexpr size_t kPreallocatedBytes = 5000;
  WriteRoot(file_system, recovery_point, false);
  for (size_t i = 0; i < segments_.size(); ++i) {
    const bool is_last = i + 1 == segments_.size();
    PutFile(file_system, LogPath(i),
            is_last ? segments_[i].log + std::string(kPreallocatedBytes, '\0') : segments_[i].log);
    if (is_last) continue;
    PutFile(file_system, IndexPath(i), segments_[i].index);
    PutFile(file_system, TimeIndexPath(i), segments_[i].time_index);
  }
}

}  // namespace tidemark
