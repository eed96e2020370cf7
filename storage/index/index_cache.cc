#include "storage/index/index_cache.h"

#include <utility>

namespace tidemark {

uint64_t IndexCache::NewId() {
  MutexLock lock(&mutex_);
  return next_id_++;
}

std::shared_ptr<const SegmentIndex> IndexCache::Find(uint64_t id) {
  MutexLock lock(&mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return entries_.front().index;
}

void IndexCache::Insert(uint64_t id, std::shared_ptr<const SegmentIndex> index) {
  MutexLock lock(&mutex_);
  if (by_id_.contains(id)) return;  // Two readers loaded it at once; either copy will do.
  bytes_ += index->MemoryBytes();
  entries_.push_front({id, std::move(index)});
  by_id_[id] = entries_.begin();
  while (bytes_ > bytes_max_ && entries_.size() > 1) {
    bytes_ -= entries_.back().index->MemoryBytes();
    by_id_.erase(entries_.back().id);
    entries_.pop_back();
  }
}

void IndexCache::Erase(uint64_t id) {
  MutexLock lock(&mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  bytes_ -= found->second->index->MemoryBytes();
  entries_.erase(found->second);
  by_id_.erase(found);
}

int64_t IndexCache::MemoryBytes() const {
  MutexLock lock(&mutex_);
  return bytes_;
}

}  // namespace tidemark
