#include "storage/segment/known_damage.h"

#include <algorithm>

namespace tidemark {

bool KnownDamage::Add(const DamagedRange& range) {
  MutexLock lock(&mutex_);
  const auto above = std::find_if(ranges_.begin(), ranges_.end(), [&](const DamagedRange& known) {
    return known.end_offset > range.first_offset;
  });
  if (above != ranges_.end() && above->first_offset < range.end_offset) return false;
  ranges_.insert(above, range);
  has_any_.store(true, std::memory_order_release);
  return true;
}

absl::optional<DamagedRange> KnownDamage::At(Offset offset) const {
  if (!has_any_.load(std::memory_order_acquire)) return absl::nullopt;
  MutexLock lock(&mutex_);
  for (const DamagedRange& range : ranges_) {
    if (range.first_offset <= offset && offset < range.end_offset) return range;
  }
  return absl::nullopt;
}

SoundStretch KnownDamage::StretchOf(Offset offset, Offset base_offset, int64_t size_bytes) const {
  SoundStretch stretch{0, base_offset, size_bytes, absl::nullopt};
  if (!has_any_.load(std::memory_order_acquire)) return stretch;
  MutexLock lock(&mutex_);
  for (const DamagedRange& range : ranges_) {
    if (offset < range.first_offset) {
      stretch.end = range.position.value();
      stretch.end_offset = range.first_offset;
      break;
    }
    stretch.begin = range.position.value() + range.length_bytes;
    stretch.first_offset = range.end_offset;
  }
  return stretch;
}

}  // namespace tidemark
