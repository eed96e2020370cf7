#ifndef TIDEMARK_API_BASE_MESSAGE_FIELDS_H_
#define TIDEMARK_API_BASE_MESSAGE_FIELDS_H_

// The primitive fields of Kafka's coordinator messages: docs/format/offsets_topic.md.

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/base/bytes.h"

namespace tidemark {

enum class MessageForm { kClassic, kFlexible };

// Takes fields off the front of bytes that are not trusted. A field that does not fit makes the
// reader fail for good: it then gives zeros, empty strings and no elements, so that a message can
// be read to its end and judged once, by ok(). Strings are views of the bytes.
class MessageReader {
 public:
  explicit MessageReader(absl::string_view bytes, MessageForm form = MessageForm::kClassic)
      : reader_(bytes), form_(form) {}

  bool ok() const { return is_ok_; }
  // True if all was taken and nothing is left over.
  bool IsDone() const { return is_ok_ && reader_.empty(); }
  // For what is found after the version has been read.
  void set_form(MessageForm form) { form_ = form; }

  template <std::integral T>
  T TakeInt() {
    T value = 0;
    if (is_ok_ && !reader_.Take(&value)) is_ok_ = false;
    return is_ok_ ? value : 0;
  }

  absl::string_view TakeString();  // Null is a failure.
  absl::optional<absl::string_view> TakeNullableString();
  absl::string_view TakeBytes();  // Null is a failure.

  // The count of an array whose elements take at least `element_bytes_min` (1 or more) each; more
  // than can be there is a failure.
  int32_t TakeCount(int64_t element_bytes_min);
  // The same where the array may be null.
  absl::optional<int32_t> TakeNullableCount(int64_t element_bytes_min);

  // The tagged fields at the end of a flexible struct; none in a classic one. `visit` gets those of
  // each tag, and may return false to say that the bytes are not what the tag says.
  void TakeTags(absl::FunctionRef<bool(uint32_t tag, absl::string_view bytes)> visit);
  void PassTags();

 private:
  uint32_t TakeUnsignedVarint();
  // The length of a string (int16) or bytes or array (int32), -1 for null.
  template <std::integral T>
  int64_t TakeLength();
  int32_t CheckCount(int64_t count, int64_t element_bytes_min);
  absl::string_view TakeRaw(int64_t size_bytes);

  ByteReader reader_;
  MessageForm form_;
  bool is_ok_ = true;
};

// Appends fields to a string.
class MessageWriter {
 public:
  explicit MessageWriter(MessageForm form = MessageForm::kClassic) : form_(form) {}

  template <std::integral T>
  void PutInt(T value) {
    char bytes[sizeof(T)];
    StoreBigEndian(value, bytes);
    bytes_.append(bytes, sizeof(T));
  }

  // At most 32767 bytes in a classic message.
  void PutString(absl::string_view text);
  // Of an array whose elements follow; absent for a null one.
  void PutCount(absl::optional<int32_t> count);
  void PutUnsignedVarint(uint32_t value);
  void PutRaw(absl::string_view bytes) { bytes_.append(bytes.data(), bytes.size()); }

  std::string Finish() { return std::move(bytes_); }

 private:
  const MessageForm form_;
  std::string bytes_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_BASE_MESSAGE_FIELDS_H_
