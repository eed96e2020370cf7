#include "storage/index/index_file.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/base/bytes.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/format/index_entry.h"
#include "storage/format/record_batch_layout.h"

namespace tidemark {
namespace {

absl::Status BadEntry(absl::string_view path, int64_t number, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(path, ": entry ", number, " ", what));
}

// A batch begins at a position of 31 bits, which bounds how many a log can have, whatever its size.
constexpr int64_t kBatchesMax =
    std::numeric_limits<int32_t>::max() / static_cast<int64_t>(record_batch_layout::kHeaderBytes) +
    1;
static_assert(kBatchesMax < SegmentIndex::kEntriesMax);

// Takes the entries of a file one by one, and the zeros that an unfinished file ends with.
template <typename Entry, typename Restore>
class EntryReader {
 public:
  EntryReader(absl::string_view path, int64_t log_size_bytes, Restore restore)
      : path_(path),
        batches_max_(std::min(
            log_size_bytes / static_cast<int64_t>(record_batch_layout::kHeaderBytes), kBatchesMax)),
        restore_(std::move(restore)) {}

  // In pieces: a file may be preallocated far beyond what it holds.
  absl::Status ReadAll(FileSystem* file_system) {
    TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                        file_system->Open(path_, OpenMode::kRead));
    TM_ASSIGN_OR_RETURN(const int64_t size, file->Size());
    if (size > kIndexFileBytesMax) {
      return absl::DataLossError(absl::StrCat(path_, ": ", size, " bytes, where at most ",
                                              kIndexFileBytesMax, " can be right"));
    }
    std::string piece;
    for (int64_t at = 0; at < size;) {
      piece.resize(static_cast<size_t>(std::min(kPieceBytes, size - at)));
      TM_ASSIGN_OR_RETURN(const int64_t read, file->Read(at, absl::MakeSpan(piece)));
      if (read == 0) break;
      TM_RETURN_IF_ERROR(TakePiece({piece.data(), static_cast<size_t>(read)}));
      at += read;
    }
    return number_ == 1 ? TakeZeroEntry() : absl::OkStatus();
  }

 private:
  // A time index may begin with an entry of zeros, of timestamp 0 at the base offset. It is one if
  // something is behind it or it fills the file; preallocated files have room for more.
  static constexpr bool kMayBeginWithZeros = std::is_same_v<Entry, TimeIndexEntry>;
  static constexpr int64_t kPieceBytes = kScanBytes / Entry::kBytes * Entry::kBytes;

  absl::Status TakePiece(absl::string_view bytes) {
    if (first_zero_.has_value() && IsZeroFilled(bytes)) return absl::OkStatus();
    while (!bytes.empty()) {
      const absl::string_view entry = bytes.substr(0, Entry::kBytes);
      TM_RETURN_IF_ERROR(Take(entry));
      bytes.remove_prefix(entry.size());
      ++number_;
    }
    return absl::OkStatus();
  }

  absl::Status Take(absl::string_view entry) {
    if (IsZeroFilled(entry)) {
      if (!first_zero_.has_value()) first_zero_ = number_;
      return absl::OkStatus();
    }
    if (number_ == 1) TM_RETURN_IF_ERROR(TakeZeroEntry());
    if (first_zero_.has_value()) {
      return BadEntry(path_, *first_zero_, "is zero, with other entries behind it");
    }
    if (entry.size() < static_cast<size_t>(Entry::kBytes)) {
      return BadEntry(path_, number_, "is cut short");
    }
    if (number_ >= batches_max_) {
      return BadEntry(path_, number_, "is one more than there are batches");
    }
    return restore_(number_, Entry::Decode(entry.data()));
  }

  // Takes the only entry so far, if it is of zeros and may be one.
  absl::Status TakeZeroEntry() {
    if (!kMayBeginWithZeros || !first_zero_.has_value() || batches_max_ == 0) {
      return absl::OkStatus();
    }
    first_zero_.reset();
    return restore_(0, Entry::Decode(std::string(Entry::kBytes, '\0').data()));
  }

  const absl::string_view path_;
  const int64_t batches_max_;
  const Restore restore_;
  int64_t number_ = 0;
  absl::optional<int64_t> first_zero_;
};

// Calls `restore` for each entry of the file.
template <typename Entry, typename Restore>
absl::Status ForEachEntry(FileSystem* file_system, absl::string_view path, int64_t log_size_bytes,
                          Restore restore) {
  return EntryReader<Entry, Restore>(path, log_size_bytes, std::move(restore)).ReadAll(file_system);
}

absl::Status LoadOffsets(FileSystem* file_system, absl::string_view path, int64_t log_size_bytes,
                         SegmentIndex* index) {
  OffsetIndexEntry last{RelativeOffset(-1), FilePosition(-1)};
  return ForEachEntry<OffsetIndexEntry>(
      file_system, path, log_size_bytes,
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

absl::Status LoadTimes(FileSystem* file_system, absl::string_view path, int64_t log_size_bytes,
                       SegmentIndex* index) {
  TimeIndexEntry last{kNoTimestamp, RelativeOffset(-1)};
  return ForEachEntry<TimeIndexEntry>(
      file_system, path, log_size_bytes,
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
  TM_RETURN_IF_ERROR(LoadOffsets(file_system, paths.offset_index, log_size_bytes, index));
  return LoadTimes(file_system, paths.time_index, log_size_bytes, index);
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
