#include "storage/log/leftover_files.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/types/optional.h"
#include "storage/format/file_names.h"
#include "storage/types.h"

namespace tidemark {
namespace {

bool IsIndex(SegmentFileKind kind) {
  return kind == SegmentFileKind::kOffsetIndex || kind == SegmentFileKind::kTimeIndex ||
         kind == SegmentFileKind::kTransactionIndex;
}

}  // namespace

std::vector<std::string> LeftoverFiles(absl::Span<const DirectoryEntry> entries) {
  std::set<Offset> logs;
  for (const DirectoryEntry& entry : entries) {
    const absl::optional<SegmentFileName> name = ParseSegmentFileName(entry.name);
    if (name.has_value() && name->kind == SegmentFileKind::kLog &&
        name->state == SegmentFileState::kLive) {
      logs.insert(name->offset);
    }
  }
  std::vector<std::string> leftovers, deleted;
  for (const DirectoryEntry& entry : entries) {
    const absl::optional<SegmentFileName> name = ParseSegmentFileName(entry.name);
    if (!name.has_value()) {
      if (absl::EndsWith(entry.name, kTemporaryFileSuffix) && entry.type == FileType::kFile) {
        leftovers.push_back(entry.name);
      }
    } else if (name->state == SegmentFileState::kDeleted) {
      deleted.push_back(entry.name);
    } else if (name->state == SegmentFileState::kCleaned ||
               (IsIndex(name->kind) && logs.count(name->offset) == 0)) {
      leftovers.push_back(entry.name);
    }
  }
  leftovers.insert(leftovers.end(), deleted.begin(), deleted.end());
  return leftovers;
}

}  // namespace tidemark
