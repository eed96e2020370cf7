#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/format/compression.h"
#include "storage/format/record_batch_layout.h"
#include "storage/format/varint.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

constexpr size_t kFetchAheadBytes = 1024;

// What is wrong with a record; null if nothing is.
using Defect = const char*;

ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool TakeSized(int32_t size_bytes, absl::string_view* rest,
                                                   absl::string_view* bytes) {
  if (size_bytes < 0 || static_cast<size_t>(size_bytes) > rest->size()) return false;
  *bytes = absl::string_view(rest->data(), static_cast<size_t>(size_bytes));
  rest->remove_prefix(static_cast<size_t>(size_bytes));
  return true;
}

// A length, where -1 says that there are no bytes rather than zero bytes; then the bytes.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool TakeNullable(absl::string_view* rest,
                                                      absl::optional<absl::string_view>* bytes) {
  int32_t size_bytes;
  if (!TakeVarint(rest, &size_bytes)) return false;
  if (size_bytes == -1) {
    *bytes = absl::nullopt;
    return true;
  }
  absl::string_view present;
  if (!TakeSized(size_bytes, rest, &present)) return false;
  *bytes = present;
  return true;
}

bool TakeHeader(absl::string_view* rest, RecordHeader* header) {
  int32_t key_bytes;
  return TakeVarint(rest, &key_bytes) && TakeSized(key_bytes, rest, &header->key) &&
         TakeNullable(rest, &header->value);
}

// Takes all that is left of a record.
Defect TakeHeaders(absl::string_view* rest, RecordHeaders* headers) {
  int32_t count;
  if (!TakeVarint(rest, &count)) return "its header count is malformed";
  if (count == 0) [[likely]] {
    *headers = RecordHeaders();
    return nullptr;
  }
  if (count < 0 || count * layout::kRecordHeaderBytesMin > static_cast<int64_t>(rest->size())) {
    return "its header count does not fit its length";
  }
  *headers = RecordHeaders(count, *rest);
  RecordHeader ignored;
  for (int32_t i = 0; i < count; ++i) {
    if (!TakeHeader(rest, &ignored)) return "a header does not fit its length";
  }
  return nullptr;
}

struct Deltas {
  int64_t timestamp;
  int32_t offset;
};

// Takes one record off the front of `rest`. Sets all of `record` but offset and timestamp.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline Defect TakeRecord(absl::string_view* rest, Deltas* deltas,
                                                      RecordView* record) {
  int32_t size_bytes;
  if (!TakeVarint(rest, &size_bytes)) return "its length is malformed or cut short";
  absl::string_view body;
  if (!TakeSized(size_bytes, rest, &body)) return "its length does not fit what remains";
  if (body.empty()) return "its length is zero";
  body.remove_prefix(1);  // Attributes, of which none is defined.
  if (!TakeVarlong(&body, &deltas->timestamp)) return "its timestamp delta is malformed";
  if (!TakeVarint(&body, &deltas->offset)) return "its offset delta is malformed";
  if (!TakeNullable(&body, &record->key)) return "its key does not fit its length";
  if (!TakeNullable(&body, &record->value)) return "its value does not fit its length";
  if (const Defect defect = TakeHeaders(&body, &record->headers); defect != nullptr) return defect;
  if (!body.empty()) return "its length is more than its contents";
  return nullptr;
}

}  // namespace

RecordHeader RecordHeaders::TakeOne(absl::string_view* rest) {
  RecordHeader header;
  if (!TakeHeader(rest, &header)) return RecordHeader();
  return header;
}

RecordReader::RecordReader(const RecordBatchView& batch)
    : base_offset_(batch.base_offset()),
      base_timestamp_(batch.base_timestamp()),
      record_count_(batch.record_count()),
      offset_delta_max_(batch.last_offset_delta()) {
  if (batch.timestamp_type() == TimestampType::kLogAppendTime) {
    append_time_ = batch.max_timestamp();
  }
}

absl::StatusOr<RecordReader> RecordReader::Open(const RecordBatchView& batch,
                                                int64_t decompressed_bytes_max) {
  RecordReader reader(batch);
  const bool has_payload = !batch.payload().empty() || batch.record_count() > 0;
  if (batch.codec() == Codec::kNone || !has_payload) {
    reader.rest_ = batch.payload();
    return reader;
  }
  reader.decompressed_ = std::make_unique<std::string>();
  const absl::Status status = Decompress(batch.codec(), batch.payload(), decompressed_bytes_max,
                                         reader.decompressed_.get());
  if (!status.ok()) {
    return Annotate(status, absl::StrCat("record batch at offset ", batch.base_offset().value()));
  }
  reader.rest_ = *reader.decompressed_;
  return reader;
}

absl::Status RecordReader::Fail(absl::string_view why) {
  status_ =
      absl::DataLossError(absl::StrCat("record batch at offset ", base_offset_.value(), ": record ",
                                       read_count_, " of ", record_count_, ": ", why));
  return status_;
}

absl::StatusOr<bool> RecordReader::Next(RecordView* record) {
  if (!status_.ok()) [[unlikely]]
    return status_;
  if (read_count_ == record_count_) {
    if (rest_.empty()) return false;
    return Fail(absl::StrCat("the last is followed by ", rest_.size(), " bytes too many"));
  }
  Deltas deltas;
  absl::string_view rest = rest_;  // A local can stay in registers.
  // A log is longer than the caches, and each record says where the next one begins.
  __builtin_prefetch(rest.data() + kFetchAheadBytes);
  const Defect defect = TakeRecord(&rest, &deltas, record);
  rest_ = rest;
  if (defect != nullptr) [[unlikely]]
    return Fail(defect);
  if (deltas.offset <= last_offset_delta_ || deltas.offset > offset_delta_max_) [[unlikely]] {
    return Fail(absl::StrCat("its offset delta is ", deltas.offset, "; more than ",
                             last_offset_delta_, " and at most ", offset_delta_max_,
                             " is expected"));
  }
  int64_t timestamp = 0;
  if (__builtin_add_overflow(base_timestamp_.value(), deltas.timestamp, &timestamp)) [[unlikely]] {
    return Fail("its timestamp does not fit in 64 bits");
  }
  last_offset_delta_ = deltas.offset;
  record->offset = base_offset_ + deltas.offset;
  record->timestamp = append_time_.value_or(Timestamp(timestamp));
  ++read_count_;
  return true;
}

}  // namespace tidemark
