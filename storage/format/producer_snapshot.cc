#include "storage/format/producer_snapshot.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/base/bytes.h"
#include "storage/format/crc32c.h"

namespace tidemark {
namespace {

constexpr int16_t kVersion = 1;
constexpr size_t kCrcPosition = 2;
constexpr size_t kCountPosition = 6;  // What the CRC covers begins here.
constexpr size_t kEntriesPosition = 10;
constexpr size_t kEntryBytes = 46;
constexpr int64_t kNoOpenTransaction = -1;

static_assert(kEntryBytes == 8 + 2 + 4 + 8 + 4 + 8 + 4 + 8);

void EncodeEntry(const ProducerSnapshotEntry& entry, char* out) {
  const Offset first_offset =
      entry.open_transaction_first_offset.value_or(Offset(kNoOpenTransaction));
  StoreBigEndian(entry.producer_id.value(), out);
  StoreBigEndian(entry.producer_epoch.value(), out + 8);
  StoreBigEndian(entry.last_sequence.value(), out + 10);
  StoreBigEndian(entry.last_offset.value(), out + 14);
  StoreBigEndian(entry.last_offset_delta, out + 22);
  StoreBigEndian(entry.last_timestamp.value(), out + 26);
  StoreBigEndian(entry.coordinator_epoch, out + 34);
  StoreBigEndian(first_offset.value(), out + 38);
}

ProducerSnapshotEntry DecodeEntry(const char* bytes) {
  ProducerSnapshotEntry entry;
  entry.producer_id = ProducerId(LoadBigEndian<int64_t>(bytes));
  entry.producer_epoch = ProducerEpoch(LoadBigEndian<int16_t>(bytes + 8));
  entry.last_sequence = Sequence(LoadBigEndian<int32_t>(bytes + 10));
  entry.last_offset = Offset(LoadBigEndian<int64_t>(bytes + 14));
  entry.last_offset_delta = LoadBigEndian<int32_t>(bytes + 22);
  entry.last_timestamp = Timestamp(LoadBigEndian<int64_t>(bytes + 26));
  entry.coordinator_epoch = LoadBigEndian<int32_t>(bytes + 34);
  const int64_t first_offset = LoadBigEndian<int64_t>(bytes + 38);
  if (first_offset != kNoOpenTransaction) {
    entry.open_transaction_first_offset = Offset(first_offset);
  }
  return entry;
}

}  // namespace

std::string FormatProducerSnapshot(absl::Span<const ProducerSnapshotEntry> entries) {
  std::string bytes(kEntriesPosition + entries.size() * kEntryBytes, '\0');
  StoreBigEndian(kVersion, bytes.data());
  StoreBigEndian(static_cast<int32_t>(entries.size()), bytes.data() + kCountPosition);
  char* out = bytes.data() + kEntriesPosition;
  for (const ProducerSnapshotEntry& entry : entries) {
    EncodeEntry(entry, out);
    out += kEntryBytes;
  }
  StoreBigEndian(Crc32c(absl::string_view(bytes).substr(kCountPosition)),
                 bytes.data() + kCrcPosition);
  return bytes;
}

absl::StatusOr<std::vector<ProducerSnapshotEntry>> ParseProducerSnapshot(absl::string_view bytes) {
  if (bytes.size() < kEntriesPosition) {
    return absl::DataLossError(absl::StrCat("producer snapshot: ", bytes.size(),
                                            " bytes are there, at least ", kEntriesPosition,
                                            " are expected"));
  }
  const int16_t version = LoadBigEndian<int16_t>(bytes.data());
  if (version != kVersion) {
    return absl::DataLossError(
        absl::StrCat("producer snapshot: version ", version, ", expected ", kVersion));
  }
  const uint32_t crc = LoadBigEndian<uint32_t>(bytes.data() + kCrcPosition);
  const uint32_t found_crc = Crc32c(bytes.substr(kCountPosition));
  if (crc != found_crc) {
    return absl::DataLossError(absl::StrFormat(
        "producer snapshot: its CRC is %08x, but its bytes sum to %08x", crc, found_crc));
  }
  const int32_t count = LoadBigEndian<int32_t>(bytes.data() + kCountPosition);
  const size_t entries_bytes = bytes.size() - kEntriesPosition;
  if (count < 0 || static_cast<uint64_t>(count) * kEntryBytes != entries_bytes) {
    return absl::DataLossError(absl::StrCat("producer snapshot: ", count, " entries of ",
                                            kEntryBytes, " bytes do not make ", entries_bytes,
                                            " bytes"));
  }
  std::vector<ProducerSnapshotEntry> entries;
  entries.reserve(static_cast<size_t>(count));
  for (size_t position = kEntriesPosition; position < bytes.size(); position += kEntryBytes) {
    entries.push_back(DecodeEntry(bytes.data() + position));
  }
  return entries;
}

}  // namespace tidemark
