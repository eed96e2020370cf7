#include "storage/env/memory_disk.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/env/digest.h"

namespace tidemark {
namespace {

constexpr NodeId kRoot = 1;
constexpr size_t kNameBytesMax = 255;

std::string About(absl::string_view operation, absl::string_view path, absl::string_view what) {
  return absl::StrCat(operation, " ", path, ": ", what);
}

absl::Status NoSpace(absl::string_view operation, absl::string_view path) {
  return absl::ResourceExhaustedError(
      About(operation, path, "no space left on the disk; free space on the disk"));
}

absl::Status CheckEnd(absl::string_view operation, absl::string_view path, int64_t end) {
  if (end <= kMemoryFileBytesMax) return absl::OkStatus();
  return absl::ResourceExhaustedError(About(operation, path, "the file would be too large"));
}

}  // namespace

MemoryDisk::MemoryDisk() { directories_[kRoot]; }

absl::StatusOr<MemoryDisk::Place> MemoryDisk::Find(absl::string_view operation,
                                                   absl::string_view path) const {
  if (path.empty()) return absl::NotFoundError(About(operation, path, "the path is empty"));
  if (path.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError(
        About(operation, path.substr(0, path.find('\0')), "the path holds a NUL byte"));
  }
  std::vector<Place> way = {{0, "", kRoot}};
  for (const absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (part.size() > kNameBytesMax) {
      return absl::InvalidArgumentError(About(operation, path, "a name is too long"));
    }
    const NodeId parent = way.back().node;
    if (parent == 0) return absl::NotFoundError(About(operation, path, "no such directory"));
    const auto directory = directories_.find(parent);
    if (directory == directories_.end()) {
      return absl::FailedPreconditionError(About(operation, path, "not a directory on the way"));
    }
    if (part == ".") continue;
    if (part == "..") {
      if (way.size() > 1) way.pop_back();
      continue;
    }
    const auto entry = directory->second.names.find(std::string(part));
    way.push_back({parent, std::string(part),
                   entry == directory->second.names.end() ? NodeId{0} : entry->second});
  }
  return way.back();
}

absl::StatusOr<MemoryDisk::Place> MemoryDisk::FindExisting(absl::string_view operation,
                                                           absl::string_view path) const {
  TM_ASSIGN_OR_RETURN(Place place, Find(operation, path));
  if (place.node == 0) return absl::NotFoundError(About(operation, path, "no such name"));
  return place;
}

absl::StatusOr<NodeId> MemoryDisk::FindFile(absl::string_view operation,
                                            absl::string_view path) const {
  TM_ASSIGN_OR_RETURN(const Place place, FindExisting(operation, path));
  if (IsDirectory(place.node)) {
    return absl::FailedPreconditionError(About(operation, path, "is a directory"));
  }
  return place.node;
}

absl::StatusOr<NodeId> MemoryDisk::FindDirectory(absl::string_view operation,
                                                 absl::string_view path) const {
  TM_ASSIGN_OR_RETURN(const Place place, FindExisting(operation, path));
  if (!IsDirectory(place.node)) {
    return absl::FailedPreconditionError(About(operation, path, "is not a directory"));
  }
  return place.node;
}

bool MemoryDisk::Exists(absl::string_view path) const { return FindExisting("find", path).ok(); }

absl::StatusOr<NodeId> MemoryDisk::OpenFile(absl::string_view operation, absl::string_view path,
                                            bool create) {
  TM_ASSIGN_OR_RETURN(const Place place, Find(operation, path));
  if (IsDirectory(place.node)) {
    return absl::FailedPreconditionError(About(operation, path, "is a directory"));
  }
  if (place.node != 0) return place.node;
  if (!create) return absl::NotFoundError(About(operation, path, "no such file"));
  const NodeId node = next_node_++;
  files_[node];
  Apply({{place.directory, place.name, node}});
  return node;
}

absl::Status MemoryDisk::CheckRename(const Place& from, const Place& to,
                                     absl::string_view operation, absl::string_view to_path) const {
  if (from.name.empty() || to.name.empty()) {
    return absl::FailedPreconditionError(About(operation, to_path, "the root cannot be renamed"));
  }
  if (IsDirectory(from.node) && Contains(from.node, to.directory)) {
    return absl::InvalidArgumentError(About(operation, to_path, "a directory cannot hold itself"));
  }
  if (to.node == 0) return absl::OkStatus();
  if (IsDirectory(from.node) != IsDirectory(to.node)) {
    return absl::FailedPreconditionError(
        About(operation, to_path, "only one of the two is a directory"));
  }
  if (IsDirectory(to.node) && !directories_.at(to.node).names.empty()) {
    return absl::FailedPreconditionError(About(operation, to_path, "directory not empty"));
  }
  return absl::OkStatus();
}

absl::Status MemoryDisk::Rename(absl::string_view from, absl::string_view to) {
  const std::string operation = absl::StrCat("rename ", from, " to");
  TM_ASSIGN_OR_RETURN(const Place source, FindExisting("rename", from));
  TM_ASSIGN_OR_RETURN(const Place target, Find(operation, to));
  if (source.node == target.node) return absl::OkStatus();
  TM_RETURN_IF_ERROR(CheckRename(source, target, operation, to));
  Apply({{source.directory, source.name, 0}, {target.directory, target.name, source.node}});
  return absl::OkStatus();
}

absl::Status MemoryDisk::Remove(absl::string_view path) {
  TM_ASSIGN_OR_RETURN(const Place place, FindExisting("remove", path));
  if (IsDirectory(place.node)) {
    return absl::FailedPreconditionError(About("remove", path, "is a directory"));
  }
  Apply({{place.directory, place.name, 0}});
  return absl::OkStatus();
}

absl::Status MemoryDisk::CreateDirectory(absl::string_view path) {
  TM_ASSIGN_OR_RETURN(const Place place, Find("create directory", path));
  if (place.node != 0) {
    return absl::AlreadyExistsError(About("create directory", path, "the name is taken"));
  }
  const NodeId node = next_node_++;
  directories_[node];
  Apply({{place.directory, place.name, node}});
  return absl::OkStatus();
}

absl::Status MemoryDisk::RemoveDirectory(absl::string_view path) {
  TM_ASSIGN_OR_RETURN(const NodeId node, FindDirectory("remove directory", path));
  TM_ASSIGN_OR_RETURN(const Place place, Find("remove directory", path));
  if (node == kRoot || !directories_.at(node).names.empty()) {
    return absl::FailedPreconditionError(
        About("remove directory", path, node == kRoot ? "is the root" : "directory not empty"));
  }
  Apply({{place.directory, place.name, 0}});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<DirectoryEntry>> MemoryDisk::List(absl::string_view path) const {
  TM_ASSIGN_OR_RETURN(const NodeId directory, FindDirectory("list", path));
  std::vector<DirectoryEntry> entries;
  for (const auto& [name, node] : directories_.at(directory).names) {
    entries.push_back({name, IsDirectory(node) ? FileType::kDirectory : FileType::kFile});
  }
  return entries;
}

absl::StatusOr<FileInfo> MemoryDisk::Stat(absl::string_view path) const {
  TM_ASSIGN_OR_RETURN(const Place place, FindExisting("stat", path));
  if (IsDirectory(place.node)) return FileInfo{.type = FileType::kDirectory};
  return FileInfo{.type = FileType::kFile, .size_bytes = files_.at(place.node).file.size_bytes()};
}

absl::StatusOr<int64_t> MemoryDisk::FreeBytes(absl::string_view path) const {
  TM_RETURN_IF_ERROR(FindDirectory("ask for the free space of", path).status());
  return std::max(capacity_bytes() - used_bytes(), int64_t{0});
}

absl::Status MemoryDisk::SyncDirectory(absl::string_view path) {
  TM_ASSIGN_OR_RETURN(const NodeId directory, FindDirectory("sync directory", path));
  std::vector<bool> chosen;
  for (const NameOperation& operation : pending_) {
    bool touches = false;
    for (const NameChange& change : operation) touches |= change.directory == directory;
    chosen.push_back(touches);
  }
  CommitNames(chosen);
  return absl::OkStatus();
}

void MemoryDisk::DropHandle(NodeId node) {
  FileEntry& entry = files_.at(node);
  if (--entry.handles == 0 && !entry.linked) used_blocks_ -= entry.file.allocated_blocks();
}

absl::Status MemoryDisk::AllocateBlocks(absl::string_view operation, absl::string_view path,
                                        NodeId node, int64_t position, int64_t length_bytes) {
  if (length_bytes == 0) return absl::OkStatus();
  TM_RETURN_IF_ERROR(CheckEnd(operation, path, position + length_bytes));
  const int64_t missing = file(node).MissingBlocks(position, length_bytes);
  if (missing > 0 && missing > capacity_bytes_ / kPageBytes - used_blocks_) {
    return NoSpace(operation, path);
  }
  file(node).AllocateBlocks(position, length_bytes);
  used_blocks_ += missing;
  return absl::OkStatus();
}

absl::Status MemoryDisk::PrepareWrite(absl::string_view operation, absl::string_view path,
                                      NodeId node, int64_t position, int64_t length_bytes) {
  if (!blocks_come_late_) return AllocateBlocks(operation, path, node, position, length_bytes);
  return CheckEnd(operation, path, position + length_bytes);
}

absl::Status MemoryDisk::Sync(absl::string_view path, NodeId node, int64_t position,
                              int64_t length_bytes) {
  MemoryFile& synced = file(node);
  std::vector<int64_t> missing;
  if (blocks_come_late_) missing = synced.UnsyncedPages(position, length_bytes);
  std::erase_if(missing, [&](int64_t page) {
    return synced.MissingBlocks(page * kPageBytes, kPageBytes) == 0;
  });
  const auto missing_blocks = static_cast<int64_t>(missing.size());
  if (missing_blocks > 0 && missing_blocks > capacity_bytes_ / kPageBytes - used_blocks_) {
    synced.FailSync(position, length_bytes, /*revert=*/false);
    return NoSpace("sync", path);
  }
  for (const int64_t page : missing) synced.AllocateBlocks(page * kPageBytes, kPageBytes);
  used_blocks_ += missing_blocks;
  synced.Sync(position, length_bytes);
  return absl::OkStatus();
}

absl::Status MemoryDisk::Damage(absl::string_view path, int64_t position, absl::string_view bytes) {
  TM_ASSIGN_OR_RETURN(const NodeId node, FindFile("damage", path));
  const auto length_bytes = static_cast<int64_t>(bytes.size());
  MemoryFile& damaged = file(node);
  if (position < 0 || position + length_bytes > damaged.durable().size_bytes() ||
      damaged.MissingBlocks(position, length_bytes) > 0) {
    return absl::OutOfRangeError(About("damage", path, "not all of that is on stable storage"));
  }
  damaged.Damage(position, bytes);
  return absl::OkStatus();
}

absl::StatusOr<std::string> MemoryDisk::TrueContents(absl::string_view path) const {
  TM_ASSIGN_OR_RETURN(const NodeId node, FindFile("look at", path));
  const PagedBytes bytes = files_.at(node).file.TrueBytes();
  std::string contents(static_cast<size_t>(bytes.size_bytes()), '\0');
  bytes.Read(0, absl::MakeSpan(contents));
  return contents;
}

absl::Status MemoryDisk::Resize(absl::string_view operation, absl::string_view path, NodeId node,
                                int64_t size_bytes) {
  TM_RETURN_IF_ERROR(CheckEnd(operation, path, size_bytes));
  used_blocks_ -= file(node).allocated_blocks();
  file(node).Resize(size_bytes);
  used_blocks_ += file(node).allocated_blocks();
  return absl::OkStatus();
}

bool MemoryDisk::Contains(NodeId directory, NodeId node) const {
  if (directory == node) return true;
  for (const auto& [name, child] : directories_.at(directory).names) {
    if (IsDirectory(child) && Contains(child, node)) return true;
  }
  return false;
}

void MemoryDisk::Link(NodeId node, bool linked) {
  const auto entry = files_.find(node);
  if (entry == files_.end() || entry->second.linked == linked) return;
  entry->second.linked = linked;
  if (entry->second.handles == 0) {
    const int64_t blocks = entry->second.file.allocated_blocks();
    used_blocks_ += linked ? blocks : -blocks;
  }
}

void MemoryDisk::Apply(NameOperation operation) {
  for (const NameChange& change : operation) {
    std::map<std::string, NodeId>& names = directories_.at(change.directory).names;
    const auto old = names.find(change.name);
    if (old != names.end()) Link(old->second, false);
    if (change.node == 0) {
      names.erase(change.name);
    } else {
      names[change.name] = change.node;
      Link(change.node, true);
    }
  }
  pending_.push_back(std::move(operation));
  CollectGarbage();
}

void MemoryDisk::CommitNames(const std::vector<bool>& chosen) {
  TM_CHECK(chosen.size() == pending_.size());
  std::vector<NameOperation> still_pending;
  for (size_t i = 0; i < pending_.size(); ++i) {
    if (!chosen[i]) {
      still_pending.push_back(std::move(pending_[i]));
      continue;
    }
    for (const NameChange& change : pending_[i]) {
      std::map<std::string, NodeId>& names = directories_.at(change.directory).durable_names;
      if (change.node == 0) {
        names.erase(change.name);
      } else {
        names[change.name] = change.node;
      }
    }
  }
  pending_ = std::move(still_pending);
}

void MemoryDisk::RevertNames() {
  pending_.clear();
  for (auto& [node, directory] : directories_) directory.names = directory.durable_names;
  CollectGarbageNow();
  for (auto& [node, entry] : files_) entry.linked = true;
}

std::unique_ptr<MemoryDisk> MemoryDisk::Image() const {
  auto image = std::make_unique<MemoryDisk>();
  for (const auto& [node, entry] : files_) {
    image->files_.try_emplace(node, FileEntry{entry.file.Image(), 0, entry.linked});
  }
  image->directories_ = directories_;
  image->pending_ = pending_;
  image->next_node_ = next_node_;
  image->capacity_bytes_ = capacity_bytes_;
  image->blocks_come_late_ = blocks_come_late_;
  image->CollectGarbageNow();
  image->RecountBlocks();
  return image;
}

uint64_t MemoryDisk::TreeDigest(NodeId directory) const {
  tidemark::Digest digest;
  for (const auto& [name, node] : directories_.at(directory).names) {
    digest.Add(name);
    if (IsDirectory(node)) {
      digest.Add(TreeDigest(node));
    } else {
      digest.Add(files_.at(node).file.current());
    }
  }
  return digest.value();
}

uint64_t MemoryDisk::FilesDigest() const { return TreeDigest(kRoot); }

uint64_t MemoryDisk::Digest() const {
  tidemark::Digest digest;
  const auto add_number = [&digest](int64_t number) { digest.Add(static_cast<uint64_t>(number)); };
  for (const auto& [node, directory] : directories_) {
    for (const std::map<std::string, NodeId>* names :
         {&directory.names, &directory.durable_names}) {
      add_number(node);
      for (const auto& [name, named] : *names) {
        digest.Add(name);
        add_number(named);
      }
    }
  }
  for (const auto& [node, entry] : files_) {
    add_number(node);
    digest.Add(entry.file.current());
    if (!entry.file.is_shared()) digest.Add(entry.file.durable());
  }
  for (const NameOperation& operation : pending_) {
    for (const NameChange& change : operation) {
      add_number(change.directory);
      digest.Add(change.name);
      add_number(change.node);
    }
  }
  return digest.value();
}

void MemoryDisk::RecountBlocks() {
  used_blocks_ = 0;
  for (const auto& [node, entry] : files_) {
    if (entry.linked || entry.handles > 0) used_blocks_ += entry.file.allocated_blocks();
  }
}

void MemoryDisk::CollectGarbage() {
  if (files_.size() + directories_.size() > 2 * nodes_after_collection_ + 64) CollectGarbageNow();
}

void MemoryDisk::CollectGarbageNow() {
  std::set<NodeId> reached = {kRoot};
  std::vector<NodeId> to_visit = {kRoot};
  const auto reach = [&](NodeId node) {
    if (node != 0 && reached.insert(node).second) to_visit.push_back(node);
  };
  for (const NameOperation& operation : pending_) {
    for (const NameChange& change : operation) {
      reach(change.directory);
      reach(change.node);
    }
  }
  while (!to_visit.empty()) {
    const auto directory = directories_.find(to_visit.back());
    to_visit.pop_back();
    if (directory == directories_.end()) continue;
    for (const auto& [name, node] : directory->second.names) reach(node);
    for (const auto& [name, node] : directory->second.durable_names) reach(node);
  }
  std::erase_if(directories_, [&](const auto& entry) { return reached.count(entry.first) == 0; });
  std::erase_if(files_, [&](const auto& entry) {
    return reached.count(entry.first) == 0 && entry.second.handles == 0;
  });
  nodes_after_collection_ = files_.size() + directories_.size();
}

}  // namespace tidemark
