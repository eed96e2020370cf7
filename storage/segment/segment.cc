#include "storage/segment/segment.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/file_names.h"
#include "storage/segment/batch_scanner.h"

namespace tidemark {
namespace {

std::string PathOf(absl::string_view directory, Offset base_offset, SegmentFileKind kind) {
  return absl::StrCat(directory, "/",
                      FormatSegmentFileName({base_offset, kind, SegmentFileState::kLive}));
}

// What a reader is told: not that its topic or its offset is none.
absl::Status AsReadError(const absl::Status& status) {
  if (absl::IsNotFound(status)) return absl::UnavailableError(status.message());
  if (absl::IsOutOfRange(status)) return absl::DataLossError(status.message());
  return status;
}

}  // namespace

Segment::Segment(const SegmentEnvironment& environment, absl::string_view directory,
                 Offset base_offset, int64_t index_interval_bytes, int64_t size_bytes)
    : environment_(environment),
      base_offset_(base_offset),
      index_interval_bytes_(index_interval_bytes),
      log_path_(PathOf(directory, base_offset, SegmentFileKind::kLog)),
      index_paths_{PathOf(directory, base_offset, SegmentFileKind::kOffsetIndex),
                   PathOf(directory, base_offset, SegmentFileKind::kTimeIndex)},
      cache_id_(environment.index_cache->NewId()),
      pin_(std::make_shared<char>()),
      size_bytes_(size_bytes) {}

Segment::~Segment() { environment_.index_cache->Erase(cache_id_); }

absl::StatusOr<std::shared_ptr<File>> Segment::OpenLog() const {
  {
    MutexLock lock(&mutex_);
    if (held_file_ != nullptr) return held_file_;
  }
  absl::StatusOr<std::shared_ptr<File>> file =
      environment_.open_files->Acquire(log_path_, OpenMode::kRead);
  if (!file.ok()) return AsReadError(file.status());
  return file;
}

absl::StatusOr<std::shared_ptr<MappedRegion>> Segment::region() const {
  {
    MutexLock lock(&mutex_);
    if (writable_region_ != nullptr) return writable_region_;
    if (held_region_ != nullptr) return held_region_;
  }
  absl::StatusOr<std::shared_ptr<MappedRegion>> region =
      environment_.open_files->AcquireRegion(log_path_, size_bytes());
  if (!region.ok()) return AsReadError(region.status());
  return region;
}

absl::StatusOr<std::shared_ptr<const SegmentIndex>> Segment::index() {
  {
    MutexLock lock(&mutex_);
    if (live_index_ != nullptr) return live_index_;
  }
  if (auto cached = environment_.index_cache->Find(cache_id_)) return cached;
  auto loaded = std::make_shared<SegmentIndex>(base_offset_, index_interval_bytes_);
  const absl::Status status =
      LoadIndexFiles(environment_.file_system, index_paths_, size_bytes(), loaded.get());
  if (absl::IsNotFound(status) || absl::IsDataLoss(status)) return RebuildIndex();
  TM_RETURN_IF_ERROR(status);
  environment_.index_cache->Insert(cache_id_, loaded);
  return std::shared_ptr<const SegmentIndex>(std::move(loaded));
}

absl::StatusOr<std::shared_ptr<const SegmentIndex>> Segment::RebuildIndex() {
  TM_ASSIGN_OR_RETURN(std::shared_ptr<const SegmentIndex> rebuilt, ScanIndex());
  environment_.index_cache->Erase(cache_id_);
  environment_.index_cache->Insert(cache_id_, rebuilt);
  return rebuilt;
}

absl::StatusOr<std::shared_ptr<const SegmentIndex>> Segment::ScanIndex() const {
  auto index = std::make_shared<SegmentIndex>(base_offset_, index_interval_bytes_);
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<File> file, OpenLog());
  TM_RETURN_IF_ERROR(IndexWholeLog(file.get(), log_path_, size_bytes(), index.get()));
  return std::shared_ptr<const SegmentIndex>(std::move(index));
}

absl::StatusOr<Timestamp> Segment::LargestTimestamp() {
  const int64_t known = largest_timestamp_.load(std::memory_order_relaxed);
  if (known != kUnknownTimestamp) return Timestamp(known);
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<const SegmentIndex> index, this->index());
  const Timestamp largest = index->max_timestamp().timestamp;
  largest_timestamp_.store(largest.value(), std::memory_order_relaxed);
  return largest;
}

void Segment::SetLiveIndex(std::shared_ptr<const SegmentIndex> index) {
  MutexLock lock(&mutex_);
  live_index_ = std::move(index);
}

void Segment::Hold(std::shared_ptr<File> file, std::shared_ptr<MappedRegion> region,
                   std::shared_ptr<const SegmentIndex> index) {
  MutexLock lock(&mutex_);
  held_file_ = std::move(file);
  held_region_ = std::move(region);
  live_index_ = std::move(index);
}

void Segment::ServeByName() { Hold(nullptr, nullptr, nullptr); }

std::shared_ptr<const TransactionIndex> Segment::transactions() const {
  MutexLock lock(&mutex_);
  return transactions_;
}

void Segment::AddAborted(const TransactionIndexEntry& entry) {
  MutexLock lock(&mutex_);
  if (transactions_ == nullptr) transactions_ = std::make_shared<TransactionIndex>();
  transactions_->Add(entry);
}

absl::Status Segment::StoreTransactions() {
  const std::shared_ptr<const TransactionIndex> index = transactions();
  if (index == nullptr) {
    return RemoveIfPresent(environment_.file_system, transaction_index_path()).status();
  }
  return StoreTransactionIndex(environment_.file_system, transaction_index_path(), *index);
}

std::string Segment::transaction_index_path() const {
  return PathOf(log_path_.substr(0, log_path_.rfind('/')), base_offset_,
                SegmentFileKind::kTransactionIndex);
}

void Segment::SetWritableRegion(std::shared_ptr<MappedRegion> region) {
  MutexLock lock(&mutex_);
  writable_region_ = std::move(region);
}

std::shared_ptr<MappedRegion> Segment::writable_region() const {
  MutexLock lock(&mutex_);
  return writable_region_;
}

absl::Status Segment::RemoveFiles() {
  for (const std::string& path :
       {index_paths_.offset_index, index_paths_.time_index, transaction_index_path()}) {
    TM_RETURN_IF_ERROR(RemoveIfPresent(environment_.file_system, path).status());
  }
  const absl::Status removed = RemoveIfPresent(environment_.file_system, log_path_).status();
  environment_.open_files->Forget(log_path_);
  return removed;
}

absl::Status IndexWholeLog(File* file, absl::string_view path, int64_t size_bytes,
                           SegmentIndex* index) {
  BatchScanner scanner(file, 0, size_bytes);
  Offset due = index->base_offset();
  while (true) {
    TM_ASSIGN_OR_RETURN(const bool found, scanner.Next());
    if (!found) break;
    const RecordBatchView& batch = scanner.batch();
    if (batch.base_offset() < due ||
        !index->CanHold(batch.last_offset(), FilePosition(scanner.position()))) {
      return absl::DataLossError(absl::StrCat(path, " at position ", scanner.position(),
                                              ": offset ", batch.last_offset().value(),
                                              " does not belong to this segment"));
    }
    index->Add({batch.last_offset(), FilePosition(scanner.position()), batch.size_bytes(),
                batch.max_timestamp()});
    due = batch.next_offset();
  }
  if (scanner.stop() != BatchScanStop::kEnd) {
    return absl::DataLossError(
        absl::StrCat(path, " at position ", scanner.position(), ": ", scanner.reason().message()));
  }
  index->CompleteTimeIndex();
  return absl::OkStatus();
}

}  // namespace tidemark
