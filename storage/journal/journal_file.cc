#include "storage/journal/journal_file.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"

namespace tidemark {
namespace {

constexpr int64_t kZerosBytes = int64_t{1} << 20;

absl::Status WriteZeros(FileSystem* file_system, const std::string& path, int64_t size_bytes) {
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, file_system->Open(path, OpenMode::kCreate));
  const std::string zeros(static_cast<size_t>(std::min(kZerosBytes, size_bytes)), '\0');
  // All or nothing where the disk is nearly full.
  TM_RETURN_IF_ERROR(file->Allocate(size_bytes));
  for (int64_t at = 0; at < size_bytes; at += kZerosBytes) {
    const auto step = static_cast<size_t>(std::min(kZerosBytes, size_bytes - at));
    TM_RETURN_IF_ERROR(file->Write(at, absl::string_view(zeros).substr(0, step)));
  }
  return file->Sync();
}

}  // namespace

absl::StatusOr<std::unique_ptr<JournalFile>> JournalFile::Make(FileSystem* file_system,
                                                               const std::string& root,
                                                               int64_t size_bytes) {
  const int64_t half_bytes = size_bytes / 2 - size_bytes / 2 % kJournalAlignmentBytes;
  const std::string path = absl::StrCat(root, "/", kJournalFileName);
  const std::string temporary = absl::StrCat(path, kTemporaryFileSuffix);
  absl::Status status = WriteZeros(file_system, temporary, 2 * half_bytes);
  if (status.ok()) status = file_system->Rename(temporary, path);
  if (!status.ok()) {
    // The error to report is the one that led here.
    file_system->Remove(temporary).IgnoreError();
    return status;
  }
  TM_RETURN_IF_ERROR(file_system->SyncDirectory(root));
  TM_ASSIGN_OR_RETURN(std::unique_ptr<File> file, file_system->Open(path, OpenMode::kReadWrite));
  return std::unique_ptr<JournalFile>(new JournalFile(std::move(file), half_bytes));
}

// A crash while the other half is written over may leave any of its old sectors, so what stands
// there is to be ignored before the first of them goes.
absl::Status JournalFile::Turn() {
  TM_CHECK(is_other_done());
  if (stored_done_generation_ < done_generation_) TM_RETURN_IF_ERROR(Append({}));
  ++generation_;
  number_ = 0;
  position_ = 0;
  return absl::OkStatus();
}

absl::Status JournalFile::Append(absl::Span<const JournalEntry> entries) {
  const int64_t space_bytes = JournalGroupSpaceBytes(entries);
  TM_CHECK(position_ + space_bytes <= half_bytes_);
  const std::string front = FormatJournalGroupFront({.generation = generation_,
                                                     .number = number_,
                                                     .done_generation = done_generation_,
                                                     .entries = {}},
                                                    entries);
  std::vector<absl::string_view> parts = {front};
  for (const JournalEntry& entry : entries) parts.push_back(entry.bytes);
  const int64_t begin = static_cast<int64_t>(half()) * half_bytes_ + position_;
  TM_RETURN_IF_ERROR(file_->WriteDurably(begin, parts));
  position_ += space_bytes;
  ++number_;
  stored_done_generation_ = done_generation_;
  return absl::OkStatus();
}

}  // namespace tidemark
