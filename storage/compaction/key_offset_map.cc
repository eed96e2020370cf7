#include "storage/compaction/key_offset_map.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tidemark {

absl::StatusOr<KeyOffsetMap> KeyOffsetMap::Create(int64_t memory_bytes, double load_factor,
                                                  Random* random) {
  const int64_t slot_count = memory_bytes / kSlotBytes;
  const auto wanted = static_cast<int64_t>(static_cast<double>(slot_count) * load_factor);
  // One slot stays empty, where every search ends.
  const int64_t capacity = std::min(wanted, slot_count - 1);
  if (capacity < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("compaction: a key map of ", memory_bytes, " bytes, filled to ", load_factor,
                     ", holds no key; give it at least ", 3 * kSlotBytes,
                     " bytes (log.cleaner.dedupe.buffer.size for each of log.cleaner.threads)"));
  }
  // Fresh from the system, so that memory which no key needs is never touched.
  Slots slots(static_cast<Slot*>(std::calloc(static_cast<size_t>(slot_count), sizeof(Slot))));
  if (slots == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("compaction: no memory for a key map of ", memory_bytes, " bytes"));
  }
  const uint64_t seed_first = random->Next();
  return KeyOffsetMap(std::move(slots), slot_count, capacity,
                      SipHasher(seed_first, random->Next()));
}

KeyOffsetMap::Slot* KeyOffsetMap::Locate(const Hash128& hash) const {
  __extension__ using Product = unsigned __int128;
  auto at = static_cast<int64_t>((Product{hash.first} * static_cast<uint64_t>(slot_count_)) >> 64);
  while (slots_[static_cast<size_t>(at)].offset_plus_one != 0 &&
         slots_[static_cast<size_t>(at)].hash != hash) {
    if (++at == slot_count_) at = 0;
  }
  return &slots_[static_cast<size_t>(at)];
}

bool KeyOffsetMap::Put(absl::string_view key, Offset offset) {
  const Hash128 hash = hasher_.Hash(key);
  Slot* const slot = Locate(hash);
  if (slot->offset_plus_one == 0) {
    if (size_ == capacity_) return false;
    ++size_;
    slot->hash = hash;
  }
  slot->offset_plus_one = offset.value() + 1;
  return true;
}

absl::optional<Offset> KeyOffsetMap::Find(absl::string_view key) const {
  const Slot* const slot = Locate(hasher_.Hash(key));
  if (slot->offset_plus_one == 0) return absl::nullopt;
  return Offset(slot->offset_plus_one - 1);
}

void KeyOffsetMap::Clear() {
  if (size_ == 0) return;
  std::fill_n(slots_.get(), slot_count_, Slot());
  size_ = 0;
}

}  // namespace tidemark
