#include "storage/inspect/index_lookup.h"

#include <algorithm>
#include <array>
#include <memory>

#include "absl/types/span.h"
#include "storage/format/index_entry.h"
#include "storage/inspect/partition_files.h"

namespace tidemark {

namespace {

// The `number`th entry; nothing if it cannot be read.
template <typename Entry>
absl::optional<Entry> ReadEntry(File* file, int64_t number) {
  std::array<char, Entry::kBytes> bytes;
  const absl::StatusOr<int64_t> read_bytes =
      file->Read(number * Entry::kBytes, absl::MakeSpan(bytes));
  if (!read_bytes.ok() || *read_bytes != Entry::kBytes) return absl::nullopt;
  return Entry::Decode(bytes.data());
}

// How many entries come before the first that is above `relative_offset`. Entries rise; zeros
// behind them are space that no entry was written to yet. (An entry of zeros leads to where a
// reader without one starts, so it may be taken for such space.)
int64_t CountNotAbove(File* file, int64_t relative_offset) {
  const absl::StatusOr<int64_t> size_bytes = file->Size();
  int64_t low = 0;
  int64_t high = size_bytes.ok() ? *size_bytes / OffsetIndexEntry::kBytes : 0;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    const absl::optional<OffsetIndexEntry> entry = ReadEntry<OffsetIndexEntry>(file, middle);
    if (!entry.has_value()) return 0;
    if (*entry == OffsetIndexEntry{} || entry->relative_offset.value() > relative_offset) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace

FilePosition FindIndexedPosition(FileSystem* file_system, absl::string_view directory,
                                 Offset base_offset, Offset offset) {
  const absl::StatusOr<std::unique_ptr<File>> file = file_system->Open(
      SegmentPath(directory, base_offset, SegmentFileKind::kOffsetIndex), OpenMode::kRead);
  if (!file.ok()) return FilePosition(0);
  const int64_t count = CountNotAbove(file->get(), offset - base_offset);
  if (count == 0) return FilePosition(0);
  const absl::optional<OffsetIndexEntry> entry =
      ReadEntry<OffsetIndexEntry>(file->get(), count - 1);
  return entry.has_value() ? std::max(entry->position, FilePosition(0)) : FilePosition(0);
}

absl::optional<Timestamp> ReadLastIndexedTimestamp(FileSystem* file_system,
                                                   absl::string_view directory,
                                                   Offset base_offset) {
  const absl::StatusOr<std::unique_ptr<File>> file = file_system->Open(
      SegmentPath(directory, base_offset, SegmentFileKind::kTimeIndex), OpenMode::kRead);
  if (!file.ok()) return absl::nullopt;
  const absl::StatusOr<int64_t> size_bytes = (*file)->Size();
  if (!size_bytes.ok() || *size_bytes % TimeIndexEntry::kBytes != 0 || *size_bytes == 0) {
    return absl::nullopt;
  }
  const absl::optional<TimeIndexEntry> entry =
      ReadEntry<TimeIndexEntry>(file->get(), *size_bytes / TimeIndexEntry::kBytes - 1);
  if (!entry.has_value() || *entry == TimeIndexEntry{}) return absl::nullopt;
  return entry->timestamp;
}

}  // namespace tidemark
