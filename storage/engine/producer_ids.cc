#include "storage/engine/producer_ids.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/engine/producer_ids_file.h"
#include "storage/env/whole_file.h"

namespace tidemark {
namespace {

// As many as a Kafka controller gives to a broker at a time.
constexpr int64_t kBlock = 1000;

// Far above what a cluster comes to by counting from 0, and as far from the end.
constexpr int64_t kFirstMin = int64_t{1} << 40;
constexpr int64_t kFirstMax = int64_t{1} << 62;

}  // namespace

ProducerIds::ProducerIds(FileSystem* file_system, std::string root, Random* random)
    : file_system_(file_system), root_(std::move(root)), random_(random) {}

absl::StatusOr<int64_t> ProducerIds::Allocate() {
  MutexLock lock(&mutex_);
  if (!is_loaded_) TM_RETURN_IF_ERROR(Load());
  if (next_ == reserved_end_) TM_RETURN_IF_ERROR(Reserve());
  return next_++;
}

absl::Status ProducerIds::Load() {
  const std::string path = absl::StrCat(root_, "/", kProducerIdsFileName);
  const absl::StatusOr<std::string> text =
      ReadWholeFile(file_system_, path, kProducerIdsFileBytesMax);
  absl::StatusOr<int64_t> next;
  if (text.ok()) {
    next = ParseProducerIdsFile(*text);
  } else if (absl::IsNotFound(text.status())) {
    next = kFirstMin + static_cast<int64_t>(random_->Next() % (kFirstMax - kFirstMin));
  } else {
    next = text.status();
  }
  if (!next.ok()) return Annotate(next.status(), path);
  next_ = reserved_end_ = *next;
  is_loaded_ = true;
  return absl::OkStatus();
}

absl::Status ProducerIds::Reserve() {
  if (reserved_end_ > std::numeric_limits<int64_t>::max() - kBlock) {
    return absl::ResourceExhaustedError(
        absl::StrCat(root_, "/", kProducerIdsFileName, ": all producer ids have been given away"));
  }
  const int64_t end = reserved_end_ + kBlock;
  TM_RETURN_IF_ERROR(
      ReplaceWholeFile(file_system_, root_, kProducerIdsFileName, FormatProducerIdsFile(end)));
  reserved_end_ = end;
  return absl::OkStatus();
}

}  // namespace tidemark
