#ifndef TIDEMARK_STORAGE_COMPACTION_KEY_OFFSET_MAP_H_
#define TIDEMARK_STORAGE_COMPACTION_KEY_OFFSET_MAP_H_

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/compaction/sip_hash.h"
#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

// The latest offset of each key, in a bounded amount of memory. A key is known by a keyed hash of
// 128 bits, whatever its length; two keys that collide would be taken for one (see SipHasher).
// Nothing can be taken out singly. Not thread-safe.
//
// A slot is anywhere in memory that is larger than the processor's caches. So ask for the hashes of
// several keys, then for their slots: they are fetched together.
class KeyOffsetMap {
 public:
  static constexpr int64_t kSlotBytes = 24;
  // Kafka's log.cleaner.dedupe.buffer.size and log.cleaner.io.buffer.load.factor.
  static constexpr int64_t kMemoryBytesDefault = int64_t{128} << 20;
  static constexpr double kLoadFactorDefault = 0.9;

  // Uses at most `memory_bytes`, of that only as much as its keys need, and fills at most
  // `load_factor` of the slots that fit there.
  // INVALID_ARGUMENT if not even one key fits; RESOURCE_EXHAUSTED if there is no such memory.
  static absl::StatusOr<KeyOffsetMap> Create(int64_t memory_bytes, double load_factor,
                                             Random* random);

  // What stands for the key in this map. Begins to fetch its slot.
  Hash128 HashOf(absl::string_view key) const;

  // Notes the key's offset in place of what was noted before. False, and the map says what it said,
  // if the key is new and the map is full.
  [[nodiscard]] bool Put(const Hash128& key, Offset offset);

  absl::optional<Offset> Find(const Hash128& key) const;

  void Clear();

  int64_t size() const { return size_; }
  int64_t capacity() const { return capacity_; }  // The keys that fit.

 private:
  struct Slot {
    Hash128 hash;
    int64_t offset_plus_one = 0;  // 0: empty, as fresh memory is.
  };
  static_assert(sizeof(Slot) == kSlotBytes);
  struct Free {
    void operator()(Slot* slots) const { std::free(slots); }
  };
  using Slots = std::unique_ptr<Slot[], Free>;

  KeyOffsetMap(Slots slots, int64_t slot_count, int64_t capacity, const SipHasher& hasher);

  // Where the search for this hash begins.
  int64_t HomeOf(const Hash128& hash) const;
  // The slot of this hash, or the empty one where it belongs.
  Slot* Locate(const Hash128& hash) const;
  bool IsCrowded() const;
  void Grow();
  void PutAway(Slot taken);

  Slots slots_;
  int64_t slot_count_;
  int64_t used_slot_count_;  // From the first one on: what is searched, and what is ever touched.
  int64_t capacity_;         // Below slot_count_, or 1: a search always ends.
  SipHasher hasher_;
  int64_t size_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_KEY_OFFSET_MAP_H_
