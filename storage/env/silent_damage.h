#ifndef TIDEMARK_STORAGE_ENV_SILENT_DAMAGE_H_
#define TIDEMARK_STORAGE_ENV_SILENT_DAMAGE_H_

#include <bitset>
#include <cstdint>
#include <map>

#include "storage/env/paged_bytes.h"

namespace tidemark {

// What a disk holds wrongly of one file, without having said so. The wrong bytes stand where the
// file's bytes stand, so that every way to read them finds them; here is what they should be. A
// byte is damaged for as long as it is the one that the disk put there: whatever is written in its
// place heals it, for readers at once, for good once it is synced.
class SilentDamage {
 public:
  using Mask = std::bitset<kPageBytes>;

  // The page is to be `truth`, the disk has `shown`. Bytes in `changed` have been changed since the
  // last sync, so that their readers do not see it. Replaces what was known of the page.
  void Add(int64_t page, const PagePointer& truth, const PagePointer& shown, const Mask& changed);

  // The page's bytes as readers see them, with the truth where they are damaged.
  PagePointer Repaired(int64_t page, const PagePointer& seen) const;
  // The same for its bytes on stable storage.
  PagePointer RepairedDurable(int64_t page, const PagePointer& durable) const;

  // The file's user has written or cut off this range.
  void NoteChanged(int64_t position, int64_t length_bytes);
  // Readers see the page's durable bytes again.
  void NoteReverted(int64_t page);
  // The page's changes are on stable storage, where it now is `durable`.
  void NoteSynced(int64_t page, const PagePointer& durable);
  // What was lost is lost: of a file that readers saw as `seen`, `left` is now there and durable.
  void NotePowerLoss(const PagedBytes& seen, const PagedBytes& left);

 private:
  // Damage is where `truth` and `shown` differ; neither is nullptr.
  struct Entry {
    PagePointer truth;
    PagePointer shown;
    Mask changed;
  };

  // False if the page then has no damage any more.
  static bool Heal(const Mask& healed, const PagePointer& durable, Entry* entry);

  std::map<int64_t, Entry> entries_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_SILENT_DAMAGE_H_
