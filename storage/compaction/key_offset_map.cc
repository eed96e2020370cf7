#include "storage/compaction/key_offset_map.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tidemark {
namespace {

constexpr int64_t kSlotsUsedFirst = 4096;
constexpr int64_t kGrowth = 4;

}  // namespace

KeyOffsetMap::KeyOffsetMap(Slots slots, int64_t slot_count, int64_t capacity,
                           const SipHasher& hasher)
    : slots_(std::move(slots)),
      slot_count_(slot_count),
      used_slot_count_(std::min(slot_count, kSlotsUsedFirst)),
      capacity_(capacity),
      hasher_(hasher) {}

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

Hash128 KeyOffsetMap::HashOf(absl::string_view key) const {
  const Hash128 hash = hasher_.Hash(key);
  const Slot* const home = &slots_[static_cast<size_t>(HomeOf(hash))];
  __builtin_prefetch(&home->hash);
  __builtin_prefetch(&home->offset_plus_one);
  return hash;
}

int64_t KeyOffsetMap::HomeOf(const Hash128& hash) const {
  __extension__ using Product = unsigned __int128;
  return static_cast<int64_t>((Product{hash.first} * static_cast<uint64_t>(used_slot_count_)) >>
                              64);
}

KeyOffsetMap::Slot* KeyOffsetMap::Locate(const Hash128& hash) const {
  int64_t at = HomeOf(hash);
  while (slots_[static_cast<size_t>(at)].offset_plus_one != 0 &&
         slots_[static_cast<size_t>(at)].hash != hash) {
    if (++at == used_slot_count_) at = 0;
  }
  return &slots_[static_cast<size_t>(at)];
}

bool KeyOffsetMap::Put(const Hash128& key, Offset offset) {
  Slot* slot = Locate(key);
  if (slot->offset_plus_one == 0) {
    if (size_ == capacity_) return false;
    if (IsCrowded()) {
      Grow();
      slot = Locate(key);
    }
    ++size_;
    slot->hash = key;
  }
  slot->offset_plus_one = offset.value() + 1;
  return true;
}

absl::optional<Offset> KeyOffsetMap::Find(const Hash128& key) const {
  const Slot* const slot = Locate(key);
  if (slot->offset_plus_one == 0) return absl::nullopt;
  return Offset(slot->offset_plus_one - 1);
}

// Searches are short up to here. Once all slots are in use they fill up to the capacity.
bool KeyOffsetMap::IsCrowded() const {
  return used_slot_count_ < slot_count_ && size_ >= used_slot_count_ / 2;
}

// In place: every key gets its new slot in the memory that it is in. A negative offset marks a key
// that is still where it was before.
void KeyOffsetMap::Grow() {
  const auto before = static_cast<size_t>(used_slot_count_);
  used_slot_count_ = std::min(slot_count_, used_slot_count_ * kGrowth);
  for (size_t i = 0; i < before; ++i) slots_[i].offset_plus_one = -slots_[i].offset_plus_one;
  for (size_t i = 0; i < before; ++i) {
    if (slots_[i].offset_plus_one >= 0) continue;
    PutAway(std::exchange(slots_[i], Slot()));
  }
}

// A key in its way that has not moved yet gives up its slot and is put away next, so no search ever
// passes over a slot that becomes empty later.
void KeyOffsetMap::PutAway(Slot taken) {
  while (taken.offset_plus_one != 0) {
    taken.offset_plus_one = -taken.offset_plus_one;
    int64_t at = HomeOf(taken.hash);
    while (slots_[static_cast<size_t>(at)].offset_plus_one > 0) {
      if (++at == used_slot_count_) at = 0;
    }
    std::swap(slots_[static_cast<size_t>(at)], taken);
  }
}

void KeyOffsetMap::Clear() {
  if (size_ == 0) return;
  std::fill_n(slots_.get(), used_slot_count_, Slot());
  used_slot_count_ = std::min(slot_count_, kSlotsUsedFirst);
  size_ = 0;
}

}  // namespace tidemark
