#include "storage/env/silent_damage.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace tidemark {
namespace {

// `bytes`, with `truth` where they are the ones of `shown` and not excepted.
PagePointer Repair(const PagePointer& bytes, const PagePointer& truth, const PagePointer& shown,
                   const SilentDamage::Mask& except) {
  auto repaired = std::make_shared<Page>(BytesOf(bytes));
  for (size_t i = 0; i < repaired->size(); ++i) {
    if (!except[i] && (*repaired)[i] == (*shown)[i]) (*repaired)[i] = (*truth)[i];
  }
  return repaired;
}

}  // namespace

void SilentDamage::Add(int64_t page, const PagePointer& truth, const PagePointer& shown,
                       const Mask& changed) {
  entries_[page] = {std::make_shared<Page>(BytesOf(truth)), std::make_shared<Page>(BytesOf(shown)),
                    changed};
}

PagePointer SilentDamage::Repaired(int64_t page, const PagePointer& seen) const {
  const auto entry = entries_.find(page);
  if (entry == entries_.end()) return seen;
  return Repair(seen, entry->second.truth, entry->second.shown, entry->second.changed);
}

PagePointer SilentDamage::RepairedDurable(int64_t page, const PagePointer& durable) const {
  const auto entry = entries_.find(page);
  if (entry == entries_.end()) return durable;
  return Repair(durable, entry->second.truth, entry->second.shown, Mask());
}

void SilentDamage::NoteChanged(int64_t position, int64_t length_bytes) {
  const int64_t end = position + length_bytes;
  for (auto entry = entries_.lower_bound(position / kPageBytes);
       entry != entries_.end() && entry->first * kPageBytes < end; ++entry) {
    const int64_t page_position = entry->first * kPageBytes;
    const int64_t last = std::min(end - page_position, kPageBytes);
    for (int64_t i = std::max(position - page_position, int64_t{0}); i < last; ++i) {
      entry->second.changed.set(static_cast<size_t>(i));
    }
  }
}

void SilentDamage::NoteReverted(int64_t page) {
  const auto entry = entries_.find(page);
  if (entry != entries_.end()) entry->second.changed.reset();
}

void SilentDamage::NoteSynced(int64_t page, const PagePointer& durable) {
  const auto entry = entries_.find(page);
  if (entry == entries_.end()) return;
  const Mask healed = entry->second.changed;
  entry->second.changed.reset();
  if (!Heal(healed, durable, &entry->second)) entries_.erase(entry);
}

void SilentDamage::NotePowerLoss(const PagedBytes& seen, const PagedBytes& left) {
  for (auto item = entries_.begin(); item != entries_.end();) {
    Entry& entry = item->second;
    // What was changed to the very byte that the disk had put there is the user's from now on.
    Mask healed = entry.changed;
    const PagePointer seen_page = seen.page(item->first);
    for (size_t i = 0; i < healed.size(); ++i) {
      if (BytesOf(seen_page)[i] != (*entry.shown)[i]) healed.reset(i);
    }
    entry.changed.reset();
    const bool stays =
        item->first < PagesFor(left.size_bytes()) && Heal(healed, left.page(item->first), &entry);
    item = stays ? std::next(item) : entries_.erase(item);
  }
}

bool SilentDamage::Heal(const Mask& healed, const PagePointer& durable, Entry* entry) {
  auto truth = std::make_shared<Page>(*entry->truth);
  const Page& bytes = BytesOf(durable);
  for (size_t i = 0; i < truth->size(); ++i) {
    if (healed[i] || bytes[i] != (*entry->shown)[i]) (*truth)[i] = (*entry->shown)[i];
  }
  entry->truth = std::move(truth);
  return *entry->truth != *entry->shown;
}

}  // namespace tidemark
