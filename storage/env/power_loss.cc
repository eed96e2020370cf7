#include "storage/env/power_loss.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace tidemark {
namespace {

constexpr int64_t kSectorBytes = 512;

// A sector whose current bytes are not the durable ones: from the first to the last byte that
// differ. Damage stays within these, since bytes that were synced earlier must outlive any later
// write to their sector.
struct UnsyncedSector {
  int64_t position;
  int64_t length_bytes;
};

void AddIfDifferent(const char* current, const char* durable, int64_t position,
                    std::vector<UnsyncedSector>* sectors) {
  if (std::memcmp(current, durable, kSectorBytes) == 0) return;
  int64_t begin = 0;
  while (current[begin] == durable[begin]) ++begin;
  int64_t end = kSectorBytes;
  while (current[end - 1] == durable[end - 1]) --end;
  sectors->push_back({position + begin, end - begin});
}

std::vector<UnsyncedSector> FindUnsynced(const PagedBytes& current, const PagedBytes& durable) {
  std::vector<UnsyncedSector> sectors;
  const int64_t page_end = std::max(current.page_end(), durable.page_end());
  for (int64_t index = 0; index < page_end; ++index) {
    const PagePointer current_page = current.page(index);
    const PagePointer durable_page = durable.page(index);
    if (current_page == durable_page) continue;
    for (int64_t offset = 0; offset < kPageBytes; offset += kSectorBytes) {
      AddIfDifferent(BytesOf(current_page).data() + offset, BytesOf(durable_page).data() + offset,
                     index * kPageBytes + offset, &sectors);
    }
  }
  return sectors;
}

void CopyBytes(const PagedBytes& from, int64_t position, int64_t length_bytes, PagedBytes* to) {
  // Sectors reach beyond the end of a file.
  length_bytes =
      std::min({length_bytes, from.size_bytes() - position, to->size_bytes() - position});
  if (length_bytes <= 0) return;
  std::string bytes(static_cast<size_t>(length_bytes), '\0');
  from.Read(position, absl::MakeSpan(bytes));
  to->Write(position, bytes);
}

void WriteGarbage(const Chooser& choose, int64_t position, int64_t length_bytes, PagedBytes* to) {
  length_bytes = std::min(length_bytes, to->size_bytes() - position);
  if (length_bytes <= 0) return;
  uint64_t state = choose(uint64_t{1} << 32);
  std::string bytes(static_cast<size_t>(length_bytes), '\0');
  for (char& byte : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<char>(state >> 56);
  }
  to->Write(position, bytes);
}

// One unsynced sector in a page that was being written when the power went.
void DamageSector(const PagedBytes& current, const UnsyncedSector& sector, const Chooser& choose,
                  PagedBytes* result) {
  const int64_t half_bytes = sector.length_bytes / 2;
  switch (choose(8)) {
    case 0:
    case 1:
      CopyBytes(current, sector.position, sector.length_bytes, result);
      break;
    case 2:
    case 3:
      break;  // The durable bytes stay.
    case 4:
    case 5:
      WriteGarbage(choose, sector.position, sector.length_bytes, result);
      break;
    case 6:
      CopyBytes(current, sector.position, sector.length_bytes, result);
      WriteGarbage(choose, sector.position, half_bytes, result);
      break;
    case 7:
      CopyBytes(current, sector.position, sector.length_bytes, result);
      WriteGarbage(choose, sector.position + half_bytes, sector.length_bytes - half_bytes, result);
      break;
  }
}

enum class Fate { kNone, kAll, kSome, kDamaged };

// Draws for the whole file first: with many sectors, a coin for each would hardly ever lose or keep
// them all.
Fate ChooseFate(size_t sectors, bool garbage, const Chooser& choose) {
  if (sectors == 0) return Fate::kNone;
  constexpr Fate kFates[] = {Fate::kNone, Fate::kAll, Fate::kSome, Fate::kDamaged};
  if (garbage) return kFates[choose(4)];
  return kFates[choose(sectors == 1 ? 2 : 3)];
}

void KeepSome(const PagedBytes& current, const std::vector<UnsyncedSector>& sectors, bool garbage,
              const Chooser& choose, PagedBytes* result) {
  switch (ChooseFate(sectors.size(), garbage, choose)) {
    case Fate::kNone:
      return;
    case Fate::kAll:
      for (const UnsyncedSector& sector : sectors) {
        CopyBytes(current, sector.position, sector.length_bytes, result);
      }
      return;
    case Fate::kSome:
      for (const UnsyncedSector& sector : sectors) {
        if (choose(2) == 1) CopyBytes(current, sector.position, sector.length_bytes, result);
      }
      return;
    case Fate::kDamaged:
      for (const UnsyncedSector& sector : sectors) {
        DamageSector(current, sector, choose, result);
      }
      return;
  }
}

// The durable size, the current one, or one between at the end of a sector.
int64_t ChooseSize(int64_t durable_bytes, int64_t current_bytes, const Chooser& choose) {
  if (durable_bytes == current_bytes) return current_bytes;
  const int64_t low = std::min(durable_bytes, current_bytes);
  const int64_t high = std::max(durable_bytes, current_bytes);
  // Ends of sectors strictly between the two.
  const int64_t first = low / kSectorBytes + 1;
  const int64_t between = std::max<int64_t>((high - 1) / kSectorBytes - first + 1, 0);
  switch (choose(between > 0 ? 3 : 2)) {
    case 0:
      return durable_bytes;
    case 1:
      return current_bytes;
    default:
      return (first + static_cast<int64_t>(choose(static_cast<uint64_t>(between)))) * kSectorBytes;
  }
}

// A size that grows only over bytes that are there.
PagedBytes ChooseOrdered(const PagedBytes& current, const PagedBytes& durable,
                         const Chooser& choose) {
  const int64_t durable_bytes = durable.size_bytes();
  PagedBytes result = durable;
  result.Resize(
      current.size_bytes() < durable_bytes && choose(2) == 1
          ? current.size_bytes()
          : ChooseSize(durable_bytes, std::max(durable_bytes, current.size_bytes()), choose));
  std::vector<UnsyncedSector> in_place;
  for (const UnsyncedSector& sector : FindUnsynced(current, durable)) {
    if (result.size_bytes() > durable_bytes &&
        sector.position + sector.length_bytes > durable_bytes) {
      CopyBytes(current, sector.position, sector.length_bytes, &result);
    } else {
      in_place.push_back(sector);
    }
  }
  KeepSome(current, in_place, /*garbage=*/false, choose, &result);
  return result;
}

PagedBytes ChooseBytes(const PagedBytes& current, const PagedBytes& durable, PowerLossMode mode,
                       const Chooser& choose) {
  if (mode == PowerLossMode::kDropAll) return durable;
  if (mode == PowerLossMode::kOrdered) return ChooseOrdered(current, durable, choose);
  PagedBytes result = durable;
  result.Resize(ChooseSize(durable.size_bytes(), current.size_bytes(), choose));
  KeepSome(current, FindUnsynced(current, durable), mode == PowerLossMode::kSubsetWithGarbage,
           choose, &result);
  return result;
}

std::vector<bool> ChooseNames(const std::vector<NameOperation>& pending, PowerLossMode mode,
                              const Chooser& choose) {
  std::vector<bool> chosen(pending.size(), false);
  if (pending.empty() || mode == PowerLossMode::kDropAll) return chosen;
  if (mode == PowerLossMode::kOrdered) {
    const uint64_t kept = choose(pending.size() + 1);
    for (size_t i = 0; i < kept; ++i) chosen[i] = true;
    return chosen;
  }
  // One file's names change in order: its second rename is not there without the first.
  std::set<NodeId> stopped;
  for (size_t i = 0; i < pending.size(); ++i) {
    bool possible = true;
    for (const NameChange& change : pending[i]) possible &= stopped.count(change.node) == 0;
    chosen[i] = possible && choose(2) == 1;
    for (const NameChange& change : pending[i]) {
      if (!chosen[i] && change.node != 0) stopped.insert(change.node);
    }
  }
  return chosen;
}

}  // namespace

void LosePower(PowerLossMode mode, const Chooser& choose, MemoryDisk* disk) {
  disk->CommitNames(ChooseNames(disk->pending_names(), mode, choose));
  disk->RevertNames();
  disk->ForEachFile([&](MemoryFile& file) {
    file.ResetTo(ChooseBytes(file.current(), file.durable(), mode, choose));
  });
  disk->RecountBlocks();
}

int64_t CountUnsynced(const MemoryDisk& disk) {
  auto count = static_cast<int64_t>(disk.pending_names().size());
  disk.ForEachFile([&count](const MemoryFile& file) {
    count += file.current().size_bytes() != file.durable().size_bytes() ? 1 : 0;
    count += static_cast<int64_t>(FindUnsynced(file.current(), file.durable()).size());
  });
  return count;
}

void WriteBackSome(const Chooser& choose, MemoryDisk* disk) {
  disk->CommitNames(ChooseNames(disk->pending_names(), PowerLossMode::kOrdered, choose));
  disk->ForEachFile([&](MemoryFile& file) {
    file.SetDurable(
        ChooseBytes(file.Image().current(), file.durable(), PowerLossMode::kSubset, choose));
  });
}

}  // namespace tidemark
