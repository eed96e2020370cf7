#ifndef TIDEMARK_STORAGE_INDEX_APPEND_ONLY_VECTOR_H_
#define TIDEMARK_STORAGE_INDEX_APPEND_ONLY_VECTOR_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>

#include "storage/base/check.h"

namespace tidemark {

// A sequence that one writer extends while any number of readers look at what is there already,
// without a lock. Elements never move and never change.
template <typename T>
class AppendOnlyVector {
 public:
  // The number of elements that a reader may look at.
  int64_t size() const { return size_.load(std::memory_order_acquire); }

  const T& operator[](int64_t index) const {
    const Place place = PlaceOf(index);
    return chunks_[place.chunk].load(std::memory_order_acquire)[place.offset];
  }

  // One thread at a time.
  void PushBack(const T& value) {
    const int64_t index = size_.load(std::memory_order_relaxed);
    const Place place = PlaceOf(index);
    TM_CHECK(place.chunk < kChunksMax);
    T* chunk = chunks_[place.chunk].load(std::memory_order_relaxed);
    if (chunk == nullptr) {
      chunk =
          (owned_[place.chunk] = std::make_unique_for_overwrite<T[]>(kFirstChunk << place.chunk))
              .get();
      chunks_[place.chunk].store(chunk, std::memory_order_release);
    }
    chunk[place.offset] = value;
    size_.store(index + 1, std::memory_order_release);
  }

 private:
  // Chunk k holds kFirstChunk * 2^k elements: 16 chunks hold four million.
  static constexpr int64_t kFirstChunk = 64;
  static constexpr int kChunksMax = 20;

 public:
  // The number of elements that there is room for.
  static constexpr int64_t kSizeMax = kFirstChunk * ((int64_t{1} << kChunksMax) - 1);

 private:
  struct Place {
    int chunk;
    int64_t offset;
  };
  static Place PlaceOf(int64_t index) {
    const auto group = static_cast<uint64_t>(index / kFirstChunk + 1);
    const int chunk = std::bit_width(group) - 1;
    return {chunk, index - kFirstChunk * ((int64_t{1} << chunk) - 1)};
  }

  std::atomic<int64_t> size_{0};
  std::array<std::atomic<T*>, kChunksMax> chunks_{};
  std::array<std::unique_ptr<T[]>, kChunksMax> owned_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INDEX_APPEND_ONLY_VECTOR_H_
