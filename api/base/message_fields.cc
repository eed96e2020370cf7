#include "api/base/message_fields.h"

#include "storage/base/check.h"
#include "storage/format/varint.h"

namespace tidemark {
namespace {

constexpr size_t kClassicStringBytesMax = 32767;

}  // namespace

uint32_t MessageReader::TakeUnsignedVarint() {
  absl::string_view rest = reader_.rest();
  uint32_t value = 0;
  if (is_ok_ && !tidemark::TakeUnsignedVarint(&rest, &value)) is_ok_ = false;
  if (!is_ok_) return 0;
  TakeRaw(static_cast<int64_t>(reader_.rest().size() - rest.size()));
  return value;
}

template <std::integral T>
int64_t MessageReader::TakeLength() {
  if (form_ == MessageForm::kFlexible) return int64_t{TakeUnsignedVarint()} - 1;
  return TakeInt<T>();
}

absl::string_view MessageReader::TakeRaw(int64_t size_bytes) {
  absl::string_view bytes;
  if (is_ok_ && !reader_.TakeBytes(size_bytes, &bytes)) is_ok_ = false;
  return bytes;
}

absl::string_view MessageReader::TakeString() { return TakeRaw(TakeLength<int16_t>()); }

absl::optional<absl::string_view> MessageReader::TakeNullableString() {
  const int64_t length = TakeLength<int16_t>();
  if (length == -1) return absl::nullopt;
  return TakeRaw(length);
}

absl::string_view MessageReader::TakeBytes() { return TakeRaw(TakeLength<int32_t>()); }

int32_t MessageReader::TakeCount(int64_t element_bytes_min) {
  return CheckCount(TakeLength<int32_t>(), element_bytes_min);
}

absl::optional<int32_t> MessageReader::TakeNullableCount(int64_t element_bytes_min) {
  const int64_t count = TakeLength<int32_t>();
  if (count == -1) return absl::nullopt;
  return CheckCount(count, element_bytes_min);
}

int32_t MessageReader::CheckCount(int64_t count, int64_t element_bytes_min) {
  const auto rest_bytes = static_cast<int64_t>(reader_.rest().size());
  if (count < 0 || count > rest_bytes / element_bytes_min) is_ok_ = false;
  return is_ok_ ? static_cast<int32_t>(count) : 0;
}

void MessageReader::TakeTags(absl::FunctionRef<bool(uint32_t tag, absl::string_view bytes)> visit) {
  if (form_ == MessageForm::kClassic) return;
  const uint32_t count = TakeUnsignedVarint();
  for (uint32_t i = 0; i < count && is_ok_; ++i) {
    const uint32_t tag = TakeUnsignedVarint();
    const uint32_t size_bytes = TakeUnsignedVarint();
    const absl::string_view bytes = TakeRaw(size_bytes);
    if (is_ok_ && !visit(tag, bytes)) is_ok_ = false;
  }
}

void MessageReader::PassTags() {
  TakeTags([](uint32_t, absl::string_view) { return true; });
}

void MessageWriter::PutUnsignedVarint(uint32_t value) {
  char bytes[kVarintBytesMax];
  bytes_.append(bytes, static_cast<size_t>(WriteUnsignedVarint(value, bytes) - bytes));
}

void MessageWriter::PutCount(absl::optional<int32_t> count) {
  if (form_ == MessageForm::kFlexible) {
    PutUnsignedVarint(count.has_value() ? static_cast<uint32_t>(*count) + 1 : 0);
  } else {
    PutInt(count.value_or(-1));
  }
}

void MessageWriter::PutString(absl::string_view text) {
  if (form_ == MessageForm::kFlexible) {
    PutUnsignedVarint(static_cast<uint32_t>(text.size()) + 1);
  } else {
    TM_CHECK(text.size() <= kClassicStringBytesMax);
    PutInt(static_cast<int16_t>(text.size()));
  }
  PutRaw(text);
}

}  // namespace tidemark
