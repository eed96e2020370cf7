#include "storage/index/index_file.h"

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "storage/base/bytes.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/index_entry.h"
#include "storage/format/record_batch_layout.h"

namespace tidemark {
namespace {

absl::Status BadEntry(absl::string_view path, int64_t number, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(path, ": entry ", number, " ", what));
}

// Calls `restore` for each entry in front of the zeros that an unfinished file ends with.
template <typename Entry, typename Restore>
absl::Status ForEachEntry(absl::string_view path, absl::string_view bytes, int64_t log_size_bytes,
                          Restore restore) {
  const int64_t batches_max =
      log_size_bytes / static_cast<int64_t>(record_batch_layout::kHeaderBytes);
  int64_t number = 0;
  while (!bytes.empty()) {
    if (IsZeroFilled(bytes.substr(0, Entry::kBytes))) {
      if (IsZeroFilled(bytes)) return absl::OkStatus();
      return BadEntry(path, number, "is zero, with other entries behind it");
    }
    if (bytes.size() < static_cast<size_t>(Entry::kBytes)) {
      return BadEntry(path, number, "is cut short");
    }
    if (number == batches_max) return BadEntry(path, number, "is one more than there are batches");
    TM_RETURN_IF_ERROR(restore(number, Entry::Decode(bytes.data())));
    bytes.remove_prefix(Entry::kBytes);
    ++number;
  }
  return absl::OkStatus();
}

absl::Status LoadOffsets(absl::string_view path, absl::string_view bytes, int64_t log_size_bytes,
                         SegmentIndex* index) {
  OffsetIndexEntry last{RelativeOffset(-1), FilePosition(-1)};
  return ForEachEntry<OffsetIndexEntry>(
      path, bytes, log_size_bytes,
      [&](int64_t number, const OffsetIndexEntry& entry) -> absl::Status {
        if (entry.relative_offset <= last.relative_offset || entry.position <= last.position) {
          return BadEntry(path, number, "does not rise");
        }
        if (entry.position.value() >= log_size_bytes) {
          return BadEntry(path, number, "points behind the end of the log");
        }
        index->RestoreOffsetEntry(entry);
        last = entry;
        return absl::OkStatus();
      });
}

absl::Status LoadTimes(absl::string_view path, absl::string_view bytes, int64_t log_size_bytes,
                       SegmentIndex* index) {
  TimeIndexEntry last{kNoTimestamp, RelativeOffset(-1)};
  return ForEachEntry<TimeIndexEntry>(
      path, bytes, log_size_bytes,
      [&](int64_t number, const TimeIndexEntry& entry) -> absl::Status {
        if (entry.timestamp <= last.timestamp || entry.relative_offset <= last.relative_offset) {
          return BadEntry(path, number, "does not rise");
        }
        index->RestoreTimeEntry(entry);
        last = entry;
        return absl::OkStatus();
      });
}

absl::Status Replace(FileSystem* file_system, absl::string_view path, absl::string_view bytes) {
  TM_ASSIGN_OR_RETURN(std::unique_ptr<File> file, file_system->Open(path, OpenMode::kCreate));
  TM_RETURN_IF_ERROR(file->Write(0, bytes));
  TM_RETURN_IF_ERROR(file->Truncate(static_cast<int64_t>(bytes.size())));
  return file->Sync();
}

}  // namespace

absl::Status LoadIndexFiles(FileSystem* file_system, const IndexPaths& paths,
                            int64_t log_size_bytes, SegmentIndex* index) {
  TM_ASSIGN_OR_RETURN(const std::string offsets,
                      ReadWholeFile(file_system, paths.offset_index, kIndexFileBytesMax));
  TM_ASSIGN_OR_RETURN(const std::string times,
                      ReadWholeFile(file_system, paths.time_index, kIndexFileBytesMax));
  TM_RETURN_IF_ERROR(LoadOffsets(paths.offset_index, offsets, log_size_bytes, index));
  return LoadTimes(paths.time_index, times, log_size_bytes, index);
}

absl::Status StoreIndexFiles(FileSystem* file_system, const IndexPaths& paths,
                             const SegmentIndex& index) {
  std::string bytes(static_cast<size_t>(index.offset_entry_count() * OffsetIndexEntry::kBytes),
                    '\0');
  for (int64_t i = 0; i < index.offset_entry_count(); ++i) {
    index.offset_entry(i).Encode(bytes.data() + i * OffsetIndexEntry::kBytes);
  }
  TM_RETURN_IF_ERROR(Replace(file_system, paths.offset_index, bytes));
  bytes.assign(static_cast<size_t>(index.time_entry_count() * TimeIndexEntry::kBytes), '\0');
  for (int64_t i = 0; i < index.time_entry_count(); ++i) {
    index.time_entry(i).Encode(bytes.data() + i * TimeIndexEntry::kBytes);
  }
  return Replace(file_system, paths.time_index, bytes);
}

}  // namespace tidemark
