#include "storage/env/wrong_sync.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "storage/env/memory_file.h"

namespace tidemark {
namespace {

// A page of a file, as far as the file's size on stable storage goes.
struct Place {
  MemoryFile* file;
  int64_t page;

  int64_t position() const { return page * kPageBytes; }
  int64_t length_bytes() const {
    return std::min(kPageBytes, file->durable().size_bytes() - position());
  }
};

// Takes a draw below `n` out of a number from which more is to be drawn.
size_t Draw(size_t n, uint64_t* choice) {
  const uint64_t drawn = *choice % n;
  *choice /= n;
  return static_cast<size_t>(drawn);
}

// Where a disk may have put what was meant for `place`: whatever else it holds, of that file or of
// all others.
std::vector<Place> WrongPlaces(const Place& place, bool same_file, MemoryDisk* disk) {
  std::vector<Place> places;
  disk->ForEachFile([&](MemoryFile& file) {
    if ((&file == place.file) != same_file) return;
    for (int64_t page = 0; page < PagesFor(file.durable().size_bytes()); ++page) {
      if (same_file && page == place.page) continue;
      if (file.MissingBlocks(page * kPageBytes, kPageBytes) == 0) places.push_back({&file, page});
    }
  });
  return places;
}

void Damage(const Place& place, absl::string_view bytes) {
  place.file->Damage(place.position(), bytes.substr(0, static_cast<size_t>(place.length_bytes())));
}

void GoWrong(SilentFault silent, uint64_t choice, const Place& place, absl::string_view before,
             MemoryDisk* disk) {
  std::string meant(static_cast<size_t>(place.length_bytes()), '\0');
  place.file->durable().Read(place.position(), absl::MakeSpan(meant));
  switch (silent) {
    case SilentFault::kNone:
      return;
    case SilentFault::kBitFlip: {
      char& byte = meant[Draw(meant.size(), &choice)];
      byte = static_cast<char>(byte ^ (1 << Draw(8, &choice)));
      return Damage(place, meant);
    }
    case SilentFault::kZeroedPage:
      return Damage(place, std::string(kPageBytes, '\0'));
    case SilentFault::kLostWrite:
      return Damage(place, before);
    case SilentFault::kMisdirectedWrite:
    case SilentFault::kMisdirectedToOtherFile: {
      const std::vector<Place> wrong =
          WrongPlaces(place, silent == SilentFault::kMisdirectedWrite, disk);
      Damage(place, before);
      if (wrong.empty()) return;
      meant.resize(kPageBytes);
      return Damage(wrong[Draw(wrong.size(), &choice)], meant);
    }
  }
}

}  // namespace

void SyncWrongly(const FileFault& fault, absl::string_view path, NodeId node, int64_t position,
                 int64_t length_bytes, MemoryDisk* disk) {
  MemoryFile& file = disk->file(node);
  if (!fault.status.ok()) return file.FailSync(position, length_bytes, fault.revert);
  const std::vector<int64_t> pages = file.UnsyncedPages(position, length_bytes);
  if (pages.empty()) return;
  uint64_t choice = fault.choice;
  const Place place = {&file, pages[Draw(pages.size(), &choice)]};
  const std::string before(BytesOf(file.durable().page(place.page)).data(), kPageBytes);
  // A disk that is full says so.
  if (!disk->Sync(path, node, position, length_bytes).ok()) return;
  GoWrong(fault.silent, choice, place, before, disk);
}

}  // namespace tidemark
