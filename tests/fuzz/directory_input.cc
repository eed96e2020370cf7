#include "tests/fuzz/directory_input.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/base/bytes.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/repair.h"

namespace tidemark {
namespace {

// The upper bits of the first byte of a file say where it is, the lower ones which it is there.
constexpr int kDirectoryShift = 5;
constexpr int kFileMask = (1 << kDirectoryShift) - 1;

constexpr absl::string_view kDirectories[] = {"", "t-0/", "t-1/", "c-0/"};
constexpr absl::string_view kRootFiles[] = {
    "recovery-point-offset-checkpoint",
    "log-start-offset-checkpoint",
    "cleaner-offset-checkpoint",
    "replication-offset-checkpoint",
    ".kafka_cleanshutdown",
    "meta.properties",
    "t.topic",
    "c.topic",
    "tidemark.properties",
    "tidemark.producer-ids",
    "t.topic.tmp",
};
// Those that begin with a dot have a base offset before it.
constexpr absl::string_view kPartitionFiles[] = {
    ".log",
    ".index",
    ".timeindex",
    ".txnindex",
    ".snapshot",
    ".log.swap",
    ".index.swap",
    ".timeindex.swap",
    ".txnindex.swap",
    ".log.cleaned",
    ".index.cleaned",
    ".timeindex.cleaned",
    ".log.deleted",
    "leader-epoch-checkpoint",
    "partition.metadata",
    "truncation.tmp",
};

std::string PathOf(uint8_t kind, uint16_t base) {
  const absl::string_view directory =
      kDirectories[(kind >> kDirectoryShift) % std::size(kDirectories)];
  const size_t file = kind & kFileMask;
  if (directory.empty()) return std::string(kRootFiles[file % std::size(kRootFiles)]);
  const absl::string_view name = kPartitionFiles[file % std::size(kPartitionFiles)];
  if (name.front() != '.') return absl::StrCat(directory, name);
  return absl::StrCat(directory, absl::StrFormat("%020d", base), name);
}

std::string Repair(absl::string_view path, absl::string_view bytes) {
  if (absl::StrContains(path, ".log")) return RepairBatches(bytes);
  if (absl::EndsWith(path, ".snapshot")) return RepairSnapshot(bytes);
  if (absl::StrContains(path, ".topic") || absl::StartsWith(path, "tidemark.")) {
    return RepairCheckedText(bytes);
  }
  return std::string(bytes);
}

}  // namespace

DirectoryInput DecodeDirectory(absl::string_view input) {
  FuzzInput choices(input);
  DirectoryInput directory;
  directory.flags = choices.TakeByte();
  while (!choices.empty()) {
    const uint8_t kind = choices.TakeByte();
    const uint16_t base = choices.TakeUint16();
    const std::string path = PathOf(kind, base);
    const absl::string_view bytes = choices.TakeBytes(choices.TakeUint16());
    directory.files.emplace(path, (directory.flags & DirectoryInput::kRepair) != 0
                                      ? Repair(path, bytes)
                                      : std::string(bytes));
  }
  return directory;
}

std::string EncodeDirectory(const DirectoryInput& directory) {
  std::string input(1, static_cast<char>(directory.flags));
  for (const auto& [path, bytes] : directory.files) {
    if (bytes.size() > std::numeric_limits<uint16_t>::max()) continue;
    const size_t digits = path.find('/') + 1;  // 0 in the root.
    const int number = digits == 0 ? 0 : std::atoi(path.c_str() + digits);
    const auto base = static_cast<uint16_t>(number);
    for (int kind = 0; kind <= std::numeric_limits<uint8_t>::max(); ++kind) {
      if (PathOf(static_cast<uint8_t>(kind), base) != path) continue;
      char head[5] = {static_cast<char>(kind)};
      StoreBigEndian(base, head + 1);
      StoreBigEndian(static_cast<uint16_t>(bytes.size()), head + 3);
      absl::StrAppend(&input, absl::string_view(head, sizeof(head)), bytes);
      break;
    }
  }
  return input;
}

}  // namespace tidemark
