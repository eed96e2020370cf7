#include "storage/log/segment_info.h"

#include <algorithm>
#include <memory>

#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

absl::Status AddTimes(FileSystem* file_system, const LogWriter& writer, Segment* segment,
                      SegmentInfo* info) {
  const absl::optional<Timestamp> of_active = writer.LargestTimestampOfActive(*segment);
  if (of_active.has_value()) {
    info->largest_timestamp = *of_active;
  } else {
    TM_ASSIGN_OR_RETURN(info->largest_timestamp, segment->LargestTimestamp());
  }
  if (info->largest_timestamp != kNoTimestamp) return absl::OkStatus();
  const absl::StatusOr<FileInfo> file = file_system->Stat(segment->log_path());
  if (file.ok()) info->modified = file->modified;
  // It may have been removed just now.
  return absl::IsNotFound(file.status()) ? absl::OkStatus() : file.status();
}

}  // namespace

absl::StatusOr<std::vector<SegmentInfo>> DescribeSegments(FileSystem* file_system,
                                                          const SegmentList& segments,
                                                          const LogSyncer& syncer,
                                                          const LogWriter& writer) {
  const Offset log_end = writer.log_end();
  const std::vector<std::shared_ptr<Segment>> all = segments.From(Offset(0));
  const Offset first_unfinished = syncer.first_unfinished();
  std::vector<SegmentInfo> infos;
  for (size_t i = 0; i < all.size(); ++i) {
    SegmentInfo info;
    info.id = all[i]->id();
    info.base_offset = all[i]->base_offset();
    info.is_active = i + 1 == all.size();
    info.end_offset =
        info.is_active ? std::max(log_end, info.base_offset) : all[i + 1]->base_offset();
    info.is_finished = !info.is_active && info.base_offset < first_unfinished;
    info.size_bytes = all[i]->size_bytes();
    const absl::Status status = AddTimes(file_system, writer, all[i].get(), &info);
    if (all[i]->is_retired()) continue;
    TM_RETURN_IF_ERROR(status);
    infos.push_back(info);
  }
  return infos;
}

std::vector<TransactionIndexEntry> FindAborted(const SegmentList& segments, Offset from,
                                               Offset end) {
  std::vector<TransactionIndexEntry> found;
  for (const std::shared_ptr<Segment>& segment : segments.From(from)) {
    const std::shared_ptr<const TransactionIndex> transactions = segment->transactions();
    if (transactions == nullptr) continue;
    for (int64_t i = 0; i < transactions->size(); ++i) {
      const TransactionIndexEntry& entry = transactions->entry(i);
      if (entry.last_offset >= from && entry.first_offset < end) found.push_back(entry);
    }
  }
  return found;
}

}  // namespace tidemark
