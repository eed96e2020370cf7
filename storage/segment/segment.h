#ifndef TIDEMARK_STORAGE_SEGMENT_SEGMENT_H_
#define TIDEMARK_STORAGE_SEGMENT_SEGMENT_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/base/mutex.h"
#include "storage/env.h"
#include "storage/env/open_file_cache.h"
#include "storage/index/index_cache.h"
#include "storage/index/index_file.h"
#include "storage/index/segment_index.h"
#include "storage/index/transaction_index.h"
#include "storage/segment/known_damage.h"
#include "storage/types.h"

namespace tidemark {

// What all segments of an engine share. Not owned.
struct SegmentEnvironment {
  FileSystem* file_system = nullptr;
  OpenFileCache* open_files = nullptr;
  IndexCache* index_cache = nullptr;
};

// One segment: a .log file, its two indexes, and the index of its aborted transactions.
//
// Readers may use any call at any time. Calls under "For the log" are made by one thread at a time.
// The bytes below size_bytes() never change, and stay readable through a region() for as long as
// the region is held; a holder of pin() is told apart by truncation, which then cuts a copy
// instead.
class Segment {
 public:
  Segment(const SegmentEnvironment& environment, absl::string_view directory, Offset base_offset,
          int64_t index_interval_bytes, int64_t size_bytes);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  // Of no other segment.
  uint64_t id() const { return cache_id_; }
  Offset base_offset() const { return base_offset_; }
  const std::string& log_path() const { return log_path_; }
  const IndexPaths& index_paths() const { return index_paths_; }

  // Where the last batch ends; what is behind is preallocated or being written.
  int64_t size_bytes() const { return size_bytes_.load(std::memory_order_acquire); }

  // The .log file, for reading. UNAVAILABLE if it is gone.
  absl::StatusOr<std::shared_ptr<File>> OpenLog() const;

  // The .log file's bytes. Populate before touching. DATA_LOSS if the file is shorter than them.
  absl::StatusOr<std::shared_ptr<MappedRegion>> region() const;

  // The indexes; loaded, or rebuilt from the .log if the files are missing or wrong.
  absl::StatusOr<std::shared_ptr<const SegmentIndex>> index();

  // The same, not believing the files: for an index that has led a reader astray.
  absl::StatusOr<std::shared_ptr<const SegmentIndex>> RebuildIndex();

  // Of all its records, once nothing is appended any more; kNoTimestamp if none has one.
  absl::StatusOr<Timestamp> LargestTimestamp();

  // The transactions that were aborted in this segment; null if there is none.
  std::shared_ptr<const TransactionIndex> transactions() const;

  std::shared_ptr<const void> pin() const { return pin_; }

  // True once the .log file is about to be removed, or another to be put in its place: a file or a
  // region that was asked for before is the segment's, but one that was asked for later may not be.
  bool is_retired() const { return is_retired_.load(); }

  // What of it is known to be damaged.
  KnownDamage& damage() { return damage_; }
  const KnownDamage& damage() const { return damage_; }

  // For the log.

  void Retire() { is_retired_.store(true); }

  // Everything below is a whole batch and in the page cache.
  void Publish(int64_t size_bytes) { size_bytes_.store(size_bytes, std::memory_order_release); }

  // True if nobody but the segment holds a pin.
  bool is_unpinned() const { return pin_.use_count() == 1; }

  // The index that an appender extends; null when the segment is sealed and the files are complete.
  void SetLiveIndex(std::shared_ptr<const SegmentIndex> index);

  // For files that are not called yet what they are to be called: until ServeByName, readers get
  // these. All bytes are synced.
  void Hold(std::shared_ptr<File> file, std::shared_ptr<MappedRegion> region,
            std::shared_ptr<const SegmentIndex> index);
  void ServeByName();

  // A transaction whose abort marker stands in this segment. In the order of the markers.
  void AddAborted(const TransactionIndexEntry& entry);

  // Makes the transaction index file hold transactions(), on stable storage but for its name.
  // Without any it is removed.
  absl::Status StoreTransactions();
  std::string transaction_index_path() const;

  // The region that unsynced bytes were written through; null once they are synced and sealed.
  void SetWritableRegion(std::shared_ptr<MappedRegion> region);
  std::shared_ptr<MappedRegion> writable_region() const;

  // Everything below is on stable storage.
  int64_t synced_bytes() const { return synced_bytes_.load(std::memory_order_relaxed); }
  void set_synced_bytes(int64_t bytes) { synced_bytes_.store(bytes, std::memory_order_relaxed); }

  // Removes the files, indexes first. Regions that are held live on.
  absl::Status RemoveFiles();

 private:
  static constexpr int64_t kUnknownTimestamp = std::numeric_limits<int64_t>::min();

  absl::StatusOr<std::shared_ptr<const SegmentIndex>> ScanIndex() const;

  const SegmentEnvironment environment_;
  const Offset base_offset_;
  const int64_t index_interval_bytes_;
  const std::string log_path_;
  const IndexPaths index_paths_;
  const uint64_t cache_id_;
  const std::shared_ptr<const void> pin_;
  std::atomic<int64_t> size_bytes_;
  std::atomic<int64_t> synced_bytes_{0};
  std::atomic<bool> is_retired_{false};
  std::atomic<int64_t> largest_timestamp_{kUnknownTimestamp};
  KnownDamage damage_;

  mutable Mutex mutex_;
  std::shared_ptr<const SegmentIndex> live_index_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<TransactionIndex> transactions_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<MappedRegion> writable_region_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<File> held_file_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<MappedRegion> held_region_ ABSL_GUARDED_BY(mutex_);
};

// Reads all batches of a .log file's first `size_bytes` and indexes them. DATA_LOSS, naming the
// position, if they are not batches.
absl::Status IndexWholeLog(File* file, absl::string_view path, int64_t size_bytes,
                           SegmentIndex* index);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SEGMENT_SEGMENT_H_
