#include "api/cli/gathered_batch.h"

#include "absl/strings/string_view.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

absl::optional<size_t> AppendBytes(const absl::optional<absl::string_view>& bytes,
                                   std::string* out) {
  if (!bytes.has_value()) return absl::nullopt;
  out->append(bytes->data(), bytes->size());
  return bytes->size();
}

absl::optional<absl::string_view> TakeBytes(const absl::optional<size_t>& size,
                                            absl::string_view* rest) {
  if (!size.has_value()) return absl::nullopt;
  const absl::string_view taken = rest->substr(0, *size);
  rest->remove_prefix(*size);
  return taken;
}

}  // namespace

int64_t GatheredBatch::SizeBytesWith(const Record& record) const {
  return size_bytes_ + RecordBatchBuilder::SizeBoundBytes(record);
}

void GatheredBatch::Add(const Record& record) {
  size_bytes_ = SizeBytesWith(record);
  Piece& piece = pieces_.emplace_back();
  piece.key_bytes = AppendBytes(record.key, &bytes_);
  piece.value_bytes = AppendBytes(record.value, &bytes_);
}

void GatheredBatch::GetRecords(std::vector<Record>* records) const {
  records->resize(pieces_.size());
  absl::string_view rest = bytes_;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    (*records)[i].key = TakeBytes(pieces_[i].key_bytes, &rest);
    (*records)[i].value = TakeBytes(pieces_[i].value_bytes, &rest);
  }
}

void GatheredBatch::Clear() {
  size_bytes_ = kOverheadBytesMin;
  bytes_.clear();
  pieces_.clear();
}

}  // namespace tidemark
