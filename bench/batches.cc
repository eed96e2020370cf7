#include "bench/batches.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

// Between the beginnings of the values of a batch, so that they differ.
constexpr int64_t kValueStepBytes = 16;

}  // namespace

std::string Noise(int64_t size_bytes) {
  std::string bytes(static_cast<size_t>(size_bytes), '\0');
  uint64_t state = 1;
  for (char& byte : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<char>(state >> 56);
  }
  return bytes;
}

BatchValues::BatchValues(const Load& load)
    : noise_(Noise(load.record_bytes + load.records_per_batch * kValueStepBytes)) {
  for (int64_t i = 0; i < load.records_per_batch; ++i) {
    values_.push_back(absl::string_view(noise_).substr(static_cast<size_t>(i * kValueStepBytes),
                                                       static_cast<size_t>(load.record_bytes)));
  }
}

std::string MakeBatch(const Load& load) {
  const BatchValues values(load);
  RecordBatchBuilder builder;
  Record record;
  record.timestamp = Timestamp(absl::ToUnixMillis(absl::Now()));
  for (const absl::string_view value : values.values()) {
    record.value = value;
    TM_CHECK(builder.Add(record).ok());
  }
  const absl::StatusOr<absl::Span<char>> batch = builder.Finish();
  TM_CHECK(batch.ok());
  return std::string(batch->data(), batch->size());
}

absl::Status CheckBatches(absl::string_view bytes, absl::string_view batch, int64_t* batches) {
  TM_ASSIGN_OR_RETURN(const RecordBatchView expected, RecordBatchView::Parse(batch));
  while (!bytes.empty()) {
    TM_ASSIGN_OR_RETURN(const RecordBatchView found, RecordBatchView::Parse(bytes));
    TM_RETURN_IF_ERROR(found.VerifyCrc());
    if (found.payload() != expected.payload()) {
      return absl::DataLossError(absl::StrCat("batch ", *batches, " is not what was written"));
    }
    bytes.remove_prefix(found.bytes().size());
    ++*batches;
  }
  return absl::OkStatus();
}

absl::Status RequireCount(absl::string_view what, int64_t found, int64_t expected) {
  if (found == expected) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(what, ": ", found, " instead of ", expected));
}

absl::Status CallStatus(absl::string_view what, int64_t result) {
  if (result >= 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(errno)));
}

}  // namespace tidemark
