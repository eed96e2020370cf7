#ifndef TIDEMARK_STORAGE_ENV_MEMORY_DISK_H_
#define TIDEMARK_STORAGE_ENV_MEMORY_DISK_H_

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/env.h"
#include "storage/env/memory_file.h"

namespace tidemark {

// A file or a directory, for as long as anything refers to it. 0 is none.
using NodeId = int64_t;

// What a name is to stand for from now on; `node` 0 removes it.
struct NameChange {
  NodeId directory;
  std::string name;
  NodeId node;
};

// Changes of names that become durable together or not at all: two for a rename.
using NameOperation = std::vector<NameChange>;

// The files of a MemoryFileSystem and their names, as everybody sees them and as they are on stable
// storage. Not thread-safe. Paths and errors are those of FileSystem.
class MemoryDisk {
 public:
  MemoryDisk();
  // Only an image can be copied.
  MemoryDisk(const MemoryDisk&) = default;
  MemoryDisk& operator=(const MemoryDisk&) = delete;

  bool Exists(absl::string_view path) const;
  // The file of that path; made if it is absent and `create`.
  absl::StatusOr<NodeId> OpenFile(absl::string_view operation, absl::string_view path, bool create);
  absl::Status Rename(absl::string_view from, absl::string_view to);
  absl::Status Remove(absl::string_view path);
  absl::Status CreateDirectory(absl::string_view path);
  absl::Status RemoveDirectory(absl::string_view path);
  absl::StatusOr<std::vector<DirectoryEntry>> List(absl::string_view path) const;
  absl::StatusOr<FileInfo> Stat(absl::string_view path) const;
  absl::StatusOr<int64_t> FreeBytes(absl::string_view path) const;
  absl::Status SyncDirectory(absl::string_view path);

  // A node stays as long as it has handles. OpenFile gives none.
  MemoryFile& file(NodeId node) { return files_.at(node).file; }
  void AddHandle(NodeId node) { ++files_.at(node).handles; }
  void DropHandle(NodeId node);

  // RESOURCE_EXHAUSTED unless there is room for the blocks that the range lacks; it has them then.
  absl::Status AllocateBlocks(absl::string_view operation, absl::string_view path, NodeId node,
                              int64_t position, int64_t length_bytes);
  absl::Status Resize(absl::string_view operation, absl::string_view path, NodeId node,
                      int64_t size_bytes);
  // What writing to the range takes at once: the same, or nothing while blocks come late.
  absl::Status PrepareWrite(absl::string_view operation, absl::string_view path, NodeId node,
                            int64_t position, int64_t length_bytes);
  // Puts the range and the size on stable storage. RESOURCE_EXHAUSTED, and a failed sync, without
  // room for blocks that are still to come.
  absl::Status Sync(absl::string_view path, NodeId node, int64_t position, int64_t length_bytes);
  void LetBlocksComeLate() { blocks_come_late_ = true; }
  bool blocks_come_late() const { return blocks_come_late_; }
  void set_capacity_bytes(int64_t capacity_bytes) { capacity_bytes_ = capacity_bytes; }
  int64_t capacity_bytes() const { return capacity_bytes_; }
  int64_t used_bytes() const { return used_blocks_ * kPageBytes; }

  // See MemoryFileSystem.
  absl::Status Damage(absl::string_view path, int64_t position, absl::string_view bytes);
  absl::StatusOr<std::string> TrueContents(absl::string_view path) const;

  // A copy without handles, regions and what only they kept.
  std::unique_ptr<MemoryDisk> Image() const;

  // Of an image: see MemorySnapshot.
  uint64_t FilesDigest() const;
  uint64_t Digest() const;

  // For power losses, write-backs and silent faults: all files, and name changes that are not
  // durable, in order.
  template <typename Visit>
  void ForEachFile(Visit visit) {
    for (auto& [node, entry] : files_) visit(entry.file);
  }
  template <typename Visit>
  void ForEachFile(Visit visit) const {
    for (const auto& [node, entry] : files_) visit(entry.file);
  }
  const std::vector<NameOperation>& pending_names() const { return pending_; }
  // Makes those pending operations durable whose flag is true, in order; the others stay pending.
  void CommitNames(const std::vector<bool>& chosen);
  // Takes the names back to the durable ones, and drops what is then out of reach. For an image.
  void RevertNames();
  // After files were changed other than through this class.
  void RecountBlocks();

 private:
  struct FileEntry {
    MemoryFile file;
    int64_t handles = 0;
    bool linked = false;  // Has a name now, whether durable or not.
  };
  struct Directory {
    std::map<std::string, NodeId> names;
    std::map<std::string, NodeId> durable_names;
  };
  // The directory that holds a name, and what the name stands for (0: nothing yet).
  struct Place {
    NodeId directory = 0;
    std::string name;  // Empty for the root directory itself.
    NodeId node = 0;
  };

  absl::StatusOr<Place> Find(absl::string_view operation, absl::string_view path) const;
  // As Find, for a name that must stand for something.
  absl::StatusOr<Place> FindExisting(absl::string_view operation, absl::string_view path) const;
  absl::StatusOr<NodeId> FindFile(absl::string_view operation, absl::string_view path) const;
  absl::StatusOr<NodeId> FindDirectory(absl::string_view operation, absl::string_view path) const;
  absl::Status CheckRename(const Place& from, const Place& to, absl::string_view operation,
                           absl::string_view to_path) const;
  bool IsDirectory(NodeId node) const { return directories_.count(node) > 0; }
  bool Contains(NodeId directory, NodeId node) const;

  uint64_t TreeDigest(NodeId directory) const;
  void Apply(NameOperation operation);
  void Link(NodeId node, bool linked);
  // Forgets nodes that nothing can reach, once there may be many.
  void CollectGarbage();
  void CollectGarbageNow();

  std::map<NodeId, FileEntry> files_;
  std::map<NodeId, Directory> directories_;
  std::vector<NameOperation> pending_;
  NodeId next_node_ = 2;
  size_t nodes_after_collection_ = 1;
  int64_t used_blocks_ = 0;
  bool blocks_come_late_ = false;
  int64_t capacity_bytes_ = std::numeric_limits<int64_t>::max();
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_MEMORY_DISK_H_
