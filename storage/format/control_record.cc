#include "storage/format/control_record.h"

#include "absl/strings/str_cat.h"
#include "storage/base/bytes.h"

namespace tidemark {
namespace {

absl::Status CheckControl(absl::string_view what, absl::string_view bytes, size_t bytes_min) {
  if (bytes.size() < bytes_min) {
    return absl::DataLossError(absl::StrCat(what, ": ", bytes.size(), " bytes are there, at least ",
                                            bytes_min, " are expected"));
  }
  const int16_t version = LoadBigEndian<int16_t>(bytes.data());
  if (version < 0) return absl::DataLossError(absl::StrCat(what, ": version ", version));
  return absl::OkStatus();
}

}  // namespace

std::array<char, ControlRecordKey::kBytes> ControlRecordKey::Encode() const {
  std::array<char, kBytes> bytes;
  StoreBigEndian(version, bytes.data());
  StoreBigEndian(static_cast<int16_t>(type), bytes.data() + 2);
  return bytes;
}

absl::StatusOr<ControlRecordKey> ControlRecordKey::Parse(absl::string_view key) {
  if (absl::Status status = CheckControl("control record key", key, kBytes); !status.ok()) {
    return status;
  }
  return ControlRecordKey{LoadBigEndian<int16_t>(key.data()),
                          static_cast<ControlRecordType>(LoadBigEndian<int16_t>(key.data() + 2))};
}

std::array<char, EndTransactionMarker::kBytes> EndTransactionMarker::Encode() const {
  std::array<char, kBytes> bytes;
  StoreBigEndian(version, bytes.data());
  StoreBigEndian(coordinator_epoch, bytes.data() + 2);
  return bytes;
}

absl::StatusOr<EndTransactionMarker> EndTransactionMarker::Parse(absl::string_view value) {
  if (absl::Status status = CheckControl("end-of-transaction marker", value, kBytes);
      !status.ok()) {
    return status;
  }
  return EndTransactionMarker{LoadBigEndian<int16_t>(value.data()),
                              LoadBigEndian<int32_t>(value.data() + 2)};
}

}  // namespace tidemark
