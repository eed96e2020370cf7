#ifndef TIDEMARK_STORAGE_INDEX_INDEX_CACHE_H_
#define TIDEMARK_STORAGE_INDEX_INDEX_CACHE_H_

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "storage/base/mutex.h"
#include "storage/index/segment_index.h"

namespace tidemark {

// Keeps the indexes of sealed segments that were used last, up to a number of bytes. Thread-safe.
// An index that a caller holds lives on when it is evicted.
class IndexCache {
 public:
  explicit IndexCache(int64_t bytes_max) : bytes_max_(bytes_max) {}
  IndexCache(const IndexCache&) = delete;
  IndexCache& operator=(const IndexCache&) = delete;

  // A number that names one segment in the calls below.
  uint64_t NewId();

  // Null if it is not there.
  std::shared_ptr<const SegmentIndex> Find(uint64_t id);
  void Insert(uint64_t id, std::shared_ptr<const SegmentIndex> index);
  void Erase(uint64_t id);

  int64_t MemoryBytes() const;

 private:
  struct Entry {
    uint64_t id;
    std::shared_ptr<const SegmentIndex> index;
  };

  const int64_t bytes_max_;
  mutable Mutex mutex_;
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // The one used last in front.
  std::unordered_map<uint64_t, std::list<Entry>::iterator> by_id_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INDEX_INDEX_CACHE_H_
