#ifndef TIDEMARK_STORAGE_JOURNAL_JOURNAL_FILE_H_
#define TIDEMARK_STORAGE_JOURNAL_JOURNAL_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/env.h"
#include "storage/format/journal_group.h"

namespace tidemark {

// The file of a journal: two halves, one of which is filled, group by group. Its blocks have all
// been written, so a group costs one write and one flush of the device. Not thread-safe.
class JournalFile {
 public:
  // Makes the file at `root`, in the place of nothing; on stable storage with its name on return.
  // `size_bytes` is rounded down to two halves of whole groups.
  static absl::StatusOr<std::unique_ptr<JournalFile>> Make(FileSystem* file_system,
                                                           const std::string& root,
                                                           int64_t size_bytes);

  // 0 or 1: the one that is being filled.
  size_t half() const { return static_cast<size_t>(generation_ % 2); }
  int64_t half_bytes() const { return half_bytes_; }
  // Leaves room for the group of Turn.
  int64_t room_bytes() const { return half_bytes_ - kJournalAlignmentBytes - position_; }

  // Nothing that the other half has needs to be put back any more; the next group says so.
  void SetOtherDone() { done_generation_ = generation_ - 1; }
  bool is_other_done() const { return done_generation_ == generation_ - 1; }

  // Begins to fill the other half, which is done, from its start. Errors as Append.
  absl::Status Turn();

  // On stable storage on return. The group must fit. After an error the file is not to be written
  // to any more.
  absl::Status Append(absl::Span<const JournalEntry> entries);

 private:
  JournalFile(std::unique_ptr<File> file, int64_t half_bytes)
      : file_(std::move(file)), half_bytes_(half_bytes) {}

  const std::unique_ptr<File> file_;
  const int64_t half_bytes_;
  int64_t generation_ = 0;
  int64_t number_ = 0;
  int64_t done_generation_ = -1;
  int64_t stored_done_generation_ = -1;  // As the last group has it.
  int64_t position_ = 0;                 // Within the half.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_JOURNAL_JOURNAL_FILE_H_
