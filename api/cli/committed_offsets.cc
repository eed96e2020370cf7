#include "api/cli/committed_offsets.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/catalog/internal_topics.h"
#include "api/cli/data_directories.h"
#include "api/groups/offsets_state.h"
#include "storage/base/status_macros.h"
#include "storage/inspect.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

constexpr int64_t kReadBytesMax = int64_t{1} << 20;

absl::Status ReplayPartition(FileSystem* file_system, const PartitionDirectory& directory,
                             OffsetsState* state) {
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<ReadOnlyPartition> partition,
                      ReadOnlyPartition::Open(file_system, directory.path, directory.home));
  TM_ASSIGN_OR_RETURN(Offset offset, partition->FindStart());
  std::string batches;
  while (true) {
    TM_ASSIGN_OR_RETURN(const Offset next, partition->Read(offset, kReadBytesMax, &batches));
    if (next == offset) return absl::OkStatus();
    offset = next;
    for (absl::string_view rest = batches; !rest.empty();) {
      TM_ASSIGN_OR_RETURN(const RecordBatchView batch, RecordBatchView::Parse(rest));
      rest.remove_prefix(batch.bytes().size());
      TM_RETURN_IF_ERROR(Annotate(state->Replay(batch), directory.path));
    }
  }
}

}  // namespace

absl::StatusOr<std::map<std::string, OffsetsByPartition>> ReadCommittedOffsets(
    FileSystem* file_system, absl::Span<const std::string> data_directories) {
  TM_RETURN_IF_ERROR(CheckDirectoriesExist(file_system, data_directories));
  TM_ASSIGN_OR_RETURN(const std::vector<PartitionDirectory> partitions,
                      ListPartitions(file_system, data_directories));
  OffsetsState state;
  for (const PartitionDirectory& partition : partitions) {
    if (partition.topic_partition.topic != kOffsetsTopic) continue;
    TM_RETURN_IF_ERROR(ReplayPartition(file_system, partition, &state));
  }
  std::map<std::string, OffsetsByPartition> groups;
  for (const std::string& group : state.Groups()) {
    OffsetsByPartition& offsets = groups[group];
    for (const auto& [topic_partition, offset] : *state.FindOffsets(group)) {
      const OffsetCommitValue& value = offset.value;
      offsets[topic_partition] = {value.offset, value.leader_epoch, value.metadata,
                                  value.commit_time};
    }
  }
  return groups;
}

}  // namespace tidemark
