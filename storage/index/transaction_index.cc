#include "storage/index/transaction_index.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr int64_t kPieceBytes =
    kScanBytes / TransactionIndexEntry::kBytes * TransactionIndexEntry::kBytes;

absl::Status BadEntry(absl::string_view path, int64_t position, absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat(path, ": entry ", position / TransactionIndexEntry::kBytes, " ", what));
}

absl::Status CheckEntry(absl::string_view path, int64_t position,
                        const TransactionIndexEntry& entry, Offset last_offset_before) {
  if (entry.version != TransactionIndexEntry::kVersion) {
    return BadEntry(path, position, absl::StrCat("has version ", entry.version));
  }
  if (entry.first_offset < Offset(0) || entry.first_offset > entry.last_offset ||
      entry.producer_id < ProducerId(0)) {
    return BadEntry(path, position,
                    absl::StrCat("cannot be: producer ", entry.producer_id.value(), " from offset ",
                                 entry.first_offset.value(), " to ", entry.last_offset.value()));
  }
  if (entry.last_offset <= last_offset_before) {
    return BadEntry(path, position,
                    absl::StrCat("ends at offset ", entry.last_offset.value(), ", not above ",
                                 last_offset_before.value()));
  }
  return absl::OkStatus();
}

}  // namespace

bool TransactionIndex::Collect(Offset from, Offset end,
                               std::vector<AbortedTransaction>* found) const {
  const int64_t count = entries_.size();
  for (int64_t i = 0; i < count; ++i) {
    const TransactionIndexEntry& entry = entries_[i];
    if (entry.last_offset >= from && entry.first_offset < end) {
      found->push_back({entry.producer_id, entry.first_offset});
    }
    if (entry.last_stable_offset >= end) return true;
  }
  return false;
}

absl::StatusOr<std::vector<TransactionIndexEntry>> LoadTransactionIndex(FileSystem* file_system,
                                                                        absl::string_view path,
                                                                        Offset base_offset) {
  std::vector<TransactionIndexEntry> entries;
  const absl::StatusOr<std::unique_ptr<File>> file = file_system->Open(path, OpenMode::kRead);
  if (absl::IsNotFound(file.status())) return entries;
  TM_RETURN_IF_ERROR(file.status());
  TM_ASSIGN_OR_RETURN(const int64_t size, (*file)->Size());
  if (size > kIndexFileBytesMax) {
    return absl::DataLossError(absl::StrCat(path, ": ", size, " bytes, where at most ",
                                            kIndexFileBytesMax, " can be right"));
  }
  if (size % TransactionIndexEntry::kBytes != 0) return BadEntry(path, size, "is cut short");
  // In pieces: the first entry that cannot be ends it, whatever the file's size claims.
  std::string piece;
  Offset last_offset = base_offset - 1;
  for (int64_t at = 0; at < size; at += static_cast<int64_t>(piece.size())) {
    piece.resize(static_cast<size_t>(std::min(kPieceBytes, size - at)));
    TM_ASSIGN_OR_RETURN(const int64_t read, (*file)->Read(at, absl::MakeSpan(piece)));
    if (read < static_cast<int64_t>(piece.size())) return BadEntry(path, at, "is cut short");
    for (int64_t in_piece = 0; in_piece < read; in_piece += TransactionIndexEntry::kBytes) {
      const TransactionIndexEntry entry = TransactionIndexEntry::Decode(piece.data() + in_piece);
      TM_RETURN_IF_ERROR(CheckEntry(path, at + in_piece, entry, last_offset));
      last_offset = entry.last_offset;
      entries.push_back(entry);
    }
  }
  return entries;
}

absl::Status StoreTransactionIndex(FileSystem* file_system, absl::string_view path,
                                   const TransactionIndex& index) {
  std::string bytes(static_cast<size_t>(index.size() * TransactionIndexEntry::kBytes), '\0');
  for (int64_t i = 0; i < index.size(); ++i) {
    index.entry(i).Encode(bytes.data() + i * TransactionIndexEntry::kBytes);
  }
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, file_system->Open(path, OpenMode::kCreate));
  TM_RETURN_IF_ERROR(file->Write(0, bytes));
  TM_RETURN_IF_ERROR(file->Truncate(static_cast<int64_t>(bytes.size())));
  return file->Sync();
}

}  // namespace tidemark
