#include "storage/format/journal_group.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "storage/base/bytes.h"
#include "storage/format/crc32c.h"

namespace tidemark {
namespace {

constexpr uint32_t kMagic = 0x544d4a31;  // "TMJ1"
constexpr size_t kCrcPosition = 4;
constexpr size_t kSummedFrom = 8;
constexpr size_t kSizePosition = 32;
constexpr size_t kCountPosition = 36;
constexpr int64_t kSizeBytesMax = std::numeric_limits<int32_t>::max();

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("journal group: ", what));
}

int64_t UnalignedBytes(absl::Span<const JournalEntry> entries) {
  int64_t bytes = kJournalGroupHeaderBytes;
  for (const JournalEntry& entry : entries) {
    bytes += kJournalEntryHeaderBytes + static_cast<int64_t>(entry.bytes.size());
  }
  return bytes;
}

void EncodeEntry(const JournalEntry& entry, char* out) {
  StoreBigEndian(static_cast<int32_t>(entry.kind), out);
  StoreBigEndian(entry.log.partition.value(), out + 4);
  std::memcpy(out + 8, entry.log.topic_id.bytes.data(), entry.log.topic_id.bytes.size());
  StoreBigEndian(entry.segment_base_offset.value(), out + 24);
  StoreBigEndian(entry.position, out + 32);
  StoreBigEndian(static_cast<int32_t>(entry.bytes.size()), out + 40);
}

// Takes its bytes off the front of `rest`.
absl::StatusOr<JournalEntry> DecodeEntry(const char* in, ByteReader* rest) {
  JournalEntry entry;
  const auto kind = LoadBigEndian<int32_t>(in);
  entry.kind = static_cast<JournalEntryKind>(kind);
  entry.log.partition = PartitionId(LoadBigEndian<int32_t>(in + 4));
  std::memcpy(entry.log.topic_id.bytes.data(), in + 8, entry.log.topic_id.bytes.size());
  entry.segment_base_offset = Offset(LoadBigEndian<int64_t>(in + 24));
  entry.position = LoadBigEndian<int64_t>(in + 32);
  const auto length_bytes = LoadBigEndian<int32_t>(in + 40);
  if (!rest->TakeBytes(length_bytes, &entry.bytes)) {
    return Damaged(absl::StrCat("an entry of ", length_bytes, " bytes where ", rest->rest().size(),
                                " are left"));
  }
  const bool is_forget = entry.kind == JournalEntryKind::kForget && length_bytes == 0;
  const bool is_bytes = entry.kind == JournalEntryKind::kBytes && length_bytes > 0 &&
                        entry.segment_base_offset >= Offset(0) && entry.position >= 0 &&
                        entry.position <= kSizeBytesMax - length_bytes;
  if (is_forget || is_bytes) return entry;
  return Damaged(absl::StrCat("an entry of kind ", kind, " with ", length_bytes,
                              " bytes at position ", entry.position, " of segment ",
                              entry.segment_base_offset.value()));
}

}  // namespace

int64_t JournalGroupSpaceBytes(absl::Span<const JournalEntry> entries) {
  const int64_t bytes = UnalignedBytes(entries) + kJournalAlignmentBytes - 1;
  return bytes - bytes % kJournalAlignmentBytes;
}

std::string FormatJournalGroupFront(const JournalGroup& group,
                                    absl::Span<const JournalEntry> entries) {
  std::string front(static_cast<size_t>(kJournalGroupHeaderBytes) +
                        entries.size() * static_cast<size_t>(kJournalEntryHeaderBytes),
                    '\0');
  StoreBigEndian(kMagic, front.data());
  StoreBigEndian(group.generation, front.data() + 8);
  StoreBigEndian(group.number, front.data() + 16);
  StoreBigEndian(group.done_generation, front.data() + 24);
  StoreBigEndian(static_cast<int32_t>(UnalignedBytes(entries)), front.data() + kSizePosition);
  StoreBigEndian(static_cast<int32_t>(entries.size()), front.data() + kCountPosition);
  char* out = front.data() + kJournalGroupHeaderBytes;
  for (const JournalEntry& entry : entries) {
    EncodeEntry(entry, out);
    out += kJournalEntryHeaderBytes;
  }
  uint32_t crc = Crc32c(absl::string_view(front).substr(kSummedFrom));
  for (const JournalEntry& entry : entries) crc = ExtendCrc32c(crc, entry.bytes);
  StoreBigEndian(crc, front.data() + kCrcPosition);
  return front;
}

absl::StatusOr<int64_t> JournalGroupSize(absl::string_view header, int64_t bytes_max) {
  if (LoadBigEndian<uint32_t>(header.data()) != kMagic) return Damaged("none begins here");
  const int64_t size_bytes = LoadBigEndian<int32_t>(header.data() + kSizePosition);
  if (size_bytes >= kJournalGroupHeaderBytes && size_bytes <= bytes_max) return size_bytes;
  return Damaged(absl::StrCat(size_bytes, " bytes where ", bytes_max, " are left"));
}

absl::StatusOr<JournalGroup> ParseJournalGroup(absl::string_view bytes) {
  JournalGroup group;
  group.size_bytes = static_cast<int64_t>(bytes.size());
  const absl::StatusOr<int64_t> size_bytes =
      JournalGroupSize(bytes.substr(0, kJournalGroupHeaderBytes), group.size_bytes);
  if (!size_bytes.ok()) return size_bytes.status();
  if (*size_bytes != group.size_bytes) return Damaged("a part of one");
  if (LoadBigEndian<uint32_t>(bytes.data() + kCrcPosition) != Crc32c(bytes.substr(kSummedFrom))) {
    return Damaged("its CRC is not that of its bytes");
  }
  group.generation = LoadBigEndian<int64_t>(bytes.data() + 8);
  group.number = LoadBigEndian<int64_t>(bytes.data() + 16);
  group.done_generation = LoadBigEndian<int64_t>(bytes.data() + 24);
  const int64_t count = LoadBigEndian<int32_t>(bytes.data() + kCountPosition);
  const int64_t headers_bytes = count * kJournalEntryHeaderBytes;
  if (count < 0 || headers_bytes > group.size_bytes - kJournalGroupHeaderBytes) {
    return Damaged(absl::StrCat(count, " entries in ", group.size_bytes, " bytes"));
  }
  const char* in = bytes.data() + kJournalGroupHeaderBytes;
  ByteReader rest(bytes.substr(static_cast<size_t>(kJournalGroupHeaderBytes + headers_bytes)));
  group.entries.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i, in += kJournalEntryHeaderBytes) {
    absl::StatusOr<JournalEntry> entry = DecodeEntry(in, &rest);
    if (!entry.ok()) return entry.status();
    group.entries.push_back(*entry);
  }
  if (!rest.empty()) return Damaged(absl::StrCat(rest.rest().size(), " bytes behind its entries"));
  return group;
}

}  // namespace tidemark
