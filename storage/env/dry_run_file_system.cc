#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/base/mutex.h"
#include "storage/base/status_macros.h"
#include "storage/dry_run_env.h"
#include "storage/env/dry_run_file.h"
#include "storage/env/dry_run_names.h"

namespace tidemark {
namespace {

using Kind = DryRunName::Kind;

constexpr size_t kNameBytesMax = 255;

std::string ParentOf(absl::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

absl::Status NotFound(absl::string_view operation, absl::string_view path) {
  return absl::NotFoundError(absl::StrCat(operation, " ", path, ": no such file or directory"));
}

// As file systems have it, also where no other one is asked.
absl::Status CheckName(absl::string_view operation, absl::string_view path) {
  if (path.empty()) return NotFound(operation, "the empty path");
  for (const absl::string_view name : absl::StrSplit(path, '/')) {
    if (name.size() > kNameBytesMax || absl::StrContains(name, '\0')) {
      return absl::InvalidArgumentError(
          absl::StrCat(operation, " ", absl::CHexEscape(path), ": a name in it cannot be"));
    }
  }
  return absl::OkStatus();
}

absl::Status WrongType(absl::string_view operation, absl::string_view path,
                       absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat(operation, " ", path, ": ", what));
}

// Locks on files that only the dry run has.
class LockTable {
 public:
  bool Take(const DryRunContent* content) {
    MutexLock lock(&mutex_);
    return taken_.insert(content).second;
  }
  void Release(const DryRunContent* content) {
    MutexLock lock(&mutex_);
    taken_.erase(content);
  }

 private:
  Mutex mutex_;
  std::set<const DryRunContent*> taken_ ABSL_GUARDED_BY(mutex_);
};

class TableLock : public FileLock {
 public:
  TableLock(std::shared_ptr<LockTable> table, std::shared_ptr<DryRunContent> content)
      : table_(std::move(table)), content_(std::move(content)) {}
  ~TableLock() override { table_->Release(content_.get()); }

 private:
  const std::shared_ptr<LockTable> table_;
  const std::shared_ptr<DryRunContent> content_;
};

class DryRunFileSystem : public FileSystem {
 public:
  explicit DryRunFileSystem(FileSystem* base) : base_(base) {}

  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenMode mode) override;
  absl::Status Rename(absl::string_view from, absl::string_view to) override;
  absl::Status Remove(absl::string_view path) override;
  absl::Status CreateDirectory(absl::string_view path) override;
  absl::Status RemoveDirectory(absl::string_view path) override;
  absl::StatusOr<std::vector<DirectoryEntry>> List(absl::string_view path) override;
  absl::StatusOr<FileInfo> Stat(absl::string_view path) override;
  absl::StatusOr<int64_t> FreeBytes(absl::string_view path) override;
  absl::Status SyncDirectory(absl::string_view path) override;
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(absl::string_view path) override;

 private:
  // The path without "." and, where what stands in front of it is a directory, "..".
  absl::StatusOr<std::string> Resolve(absl::string_view operation, absl::string_view path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<FileInfo> Look(absl::string_view operation, absl::string_view path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::vector<DirectoryEntry>> ListLocked(absl::string_view path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckCanHoldNew(absl::string_view operation, absl::string_view path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckCanBeReplaced(absl::string_view path, FileType by) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::shared_ptr<DryRunContent>> MakeFile(absl::string_view path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The file of the base, and what of it the dry run still has.
  absl::StatusOr<std::unique_ptr<File>> OpenBase(absl::string_view path,
                                                 const std::string& base_path, bool is_writable)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  FileSystem* const base_;
  const std::shared_ptr<MemoryFiles> files_ = std::make_shared<MemoryFiles>();
  const std::shared_ptr<LockTable> locks_ = std::make_shared<LockTable>();

  mutable Mutex mutex_;
  DryRunNames names_ ABSL_GUARDED_BY(mutex_);
  // Of files that were opened for writing, by path in the base.
  std::map<std::string, std::shared_ptr<DryRunContent>> contents_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::string> DryRunFileSystem::Resolve(absl::string_view operation,
                                                      absl::string_view path) const {
  TM_RETURN_IF_ERROR(CheckName(operation, path));
  std::string resolved = absl::StartsWith(path, "/") ? "/" : "";
  for (const absl::string_view name : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (name == ".") continue;
    if (name == ".." && !resolved.empty() && !absl::EndsWith(resolved, "..")) {
      TM_ASSIGN_OR_RETURN(const FileInfo info, Look(operation, resolved));
      // Behind a symbolic link, it is the file system that knows where it leads.
      if (info.type == FileType::kDirectory) {
        resolved.resize(resolved.rfind('/') + 1);
        continue;
      }
    }
    if (!resolved.empty() && resolved.back() != '/') resolved += '/';
    resolved.append(name.data(), name.size());
  }
  return resolved.empty() ? "." : resolved;
}

absl::StatusOr<FileInfo> DryRunFileSystem::Look(absl::string_view operation,
                                                absl::string_view path) const {
  const DryRunName name = names_.Find(path);
  FileInfo info;
  switch (name.kind) {
    case Kind::kAbsent:
      return NotFound(operation, path);
    case Kind::kMemoryDirectory:
      info.type = FileType::kDirectory;
      return info;
    case Kind::kMemoryFile: {
      TM_ASSIGN_OR_RETURN(info.size_bytes, name.memory->Size());
      return info;
    }
    case Kind::kBase:
      break;
  }
  TM_ASSIGN_OR_RETURN(info, base_->Stat(name.base_path));
  const auto content = contents_.find(name.base_path);
  if (content != contents_.end()) {
    TM_ASSIGN_OR_RETURN(info.size_bytes, content->second->Size());
  }
  return info;
}

absl::Status DryRunFileSystem::CheckCanHoldNew(absl::string_view operation,
                                               absl::string_view path) const {
  const std::string parent = ParentOf(path);
  TM_ASSIGN_OR_RETURN(const FileInfo info, Look(operation, parent));
  if (info.type == FileType::kDirectory) return absl::OkStatus();
  return WrongType(operation, path, absl::StrCat(parent, " is no directory"));
}

absl::StatusOr<std::shared_ptr<DryRunContent>> DryRunFileSystem::MakeFile(absl::string_view path) {
  TM_RETURN_IF_ERROR(CheckCanHoldNew("open", path));
  TM_ASSIGN_OR_RETURN(std::shared_ptr<File> memory, files_->Make());
  auto content = std::make_shared<DryRunContent>(std::move(memory));
  names_.Set(path, {Kind::kMemoryFile, "", content});
  return content;
}

absl::StatusOr<std::unique_ptr<File>> DryRunFileSystem::OpenBase(absl::string_view path,
                                                                 const std::string& base_path,
                                                                 bool is_writable) {
  TM_ASSIGN_OR_RETURN(std::unique_ptr<File> file, base_->Open(base_path, OpenMode::kRead));
  const auto known = contents_.find(base_path);
  if (known != contents_.end()) {
    return NewDryRunFile(path, known->second, std::move(file), is_writable);
  }
  TM_ASSIGN_OR_RETURN(const int64_t size_bytes, file->Size());
  auto content = std::make_shared<DryRunContent>(size_bytes, files_);
  contents_.emplace(base_path, content);
  return NewDryRunFile(path, std::move(content), std::move(file), is_writable);
}

absl::StatusOr<std::unique_ptr<File>> DryRunFileSystem::Open(absl::string_view given_path,
                                                             OpenMode mode) {
  const bool is_writable = mode != OpenMode::kRead;
  MutexLock lock(&mutex_);
  TM_ASSIGN_OR_RETURN(const std::string path, Resolve("open", given_path));
  const DryRunName name = names_.Find(path);
  switch (name.kind) {
    case Kind::kMemoryFile:
      return NewDryRunFile(path, name.memory, nullptr, is_writable);
    case Kind::kMemoryDirectory:
      return WrongType("open", path, "is a directory");
    case Kind::kBase: {
      absl::StatusOr<std::unique_ptr<File>> file = OpenBase(path, name.base_path, is_writable);
      if (!absl::IsNotFound(file.status())) return file;
      break;
    }
    case Kind::kAbsent:
      break;
  }
  if (mode != OpenMode::kCreate) return NotFound("open", path);
  TM_ASSIGN_OR_RETURN(std::shared_ptr<DryRunContent> content, MakeFile(path));
  return NewDryRunFile(path, std::move(content), nullptr, is_writable);
}

absl::Status DryRunFileSystem::CheckCanBeReplaced(absl::string_view path, FileType by) const {
  const absl::StatusOr<FileInfo> info = Look("rename", path);
  if (absl::IsNotFound(info.status())) return absl::OkStatus();
  TM_RETURN_IF_ERROR(info.status());
  if ((info->type == FileType::kDirectory) != (by == FileType::kDirectory)) {
    return WrongType("rename", path, "a directory and a file cannot replace one another");
  }
  if (info->type != FileType::kDirectory) return absl::OkStatus();
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, ListLocked(path));
  return entries.empty() ? absl::OkStatus() : WrongType("rename", path, "is not empty");
}

absl::Status DryRunFileSystem::Rename(absl::string_view given_from, absl::string_view given_to) {
  MutexLock lock(&mutex_);
  TM_ASSIGN_OR_RETURN(const std::string from, Resolve("rename", given_from));
  TM_ASSIGN_OR_RETURN(const std::string to, Resolve("rename", given_to));
  TM_ASSIGN_OR_RETURN(const FileInfo info, Look("rename", from));
  if (from == to) return absl::OkStatus();
  if (absl::StartsWith(to, absl::StrCat(from, "/"))) {
    return absl::InvalidArgumentError(
        absl::StrCat("rename ", from, ": ", to, " would be below itself"));
  }
  TM_RETURN_IF_ERROR(CheckCanHoldNew("rename", to));
  TM_RETURN_IF_ERROR(CheckCanBeReplaced(to, info.type));
  names_.Move(from, to);
  return absl::OkStatus();
}

absl::Status DryRunFileSystem::Remove(absl::string_view given_path) {
  MutexLock lock(&mutex_);
  TM_ASSIGN_OR_RETURN(const std::string path, Resolve("remove", given_path));
  TM_ASSIGN_OR_RETURN(const FileInfo info, Look("remove", path));
  if (info.type == FileType::kDirectory) return WrongType("remove", path, "is a directory");
  names_.Set(path, {});
  return absl::OkStatus();
}

absl::Status DryRunFileSystem::CreateDirectory(absl::string_view given_path) {
  MutexLock lock(&mutex_);
  TM_ASSIGN_OR_RETURN(const std::string path, Resolve("create directory", given_path));
  const absl::StatusOr<FileInfo> info = Look("create directory", path);
  if (info.ok()) {
    return absl::AlreadyExistsError(absl::StrCat("create directory ", path, ": is there already"));
  }
  if (!absl::IsNotFound(info.status())) return info.status();
  TM_RETURN_IF_ERROR(CheckCanHoldNew("create directory", path));
  names_.Set(path, {Kind::kMemoryDirectory, "", nullptr});
  return absl::OkStatus();
}

absl::Status DryRunFileSystem::RemoveDirectory(absl::string_view given_path) {
  MutexLock lock(&mutex_);
  TM_ASSIGN_OR_RETURN(const std::string path, Resolve("remove directory", given_path));
  TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, ListLocked(path));
  if (!entries.empty()) return WrongType("remove directory", path, "is not empty");
  names_.Set(path, {});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<DirectoryEntry>> DryRunFileSystem::ListLocked(
    absl::string_view path) const {
  TM_ASSIGN_OR_RETURN(const FileInfo info, Look("list", path));
  if (info.type != FileType::kDirectory) return WrongType("list", path, "is no directory");
  std::map<std::string, FileType> entries;
  const DryRunName name = names_.Find(path);
  if (name.kind == Kind::kBase) {
    TM_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> listed, base_->List(name.base_path));
    for (const DirectoryEntry& entry : listed) entries[entry.name] = entry.type;
  }
  for (const auto& [child, child_name] : names_.In(path)) {
    if (child_name.kind == Kind::kAbsent) {
      entries.erase(child);
    } else {
      TM_ASSIGN_OR_RETURN(const FileInfo child_info, Look("list", absl::StrCat(path, "/", child)));
      entries[child] = child_info.type;
    }
  }
  std::vector<DirectoryEntry> sorted;
  for (const auto& [child, type] : entries) sorted.push_back({child, type});
  return sorted;
}

absl::StatusOr<std::vector<DirectoryEntry>> DryRunFileSystem::List(absl::string_view given_path) {
  MutexLock lock(&mutex_);
  TM_ASSIGN_OR_RETURN(const std::string path, Resolve("list", given_path));
  return ListLocked(path);
}

absl::StatusOr<FileInfo> DryRunFileSystem::Stat(absl::string_view given_path) {
  MutexLock lock(&mutex_);
  TM_ASSIGN_OR_RETURN(const std::string path, Resolve("stat", given_path));
  return Look("stat", path);
}

absl::StatusOr<int64_t> DryRunFileSystem::FreeBytes(absl::string_view given_path) {
  MutexLock lock(&mutex_);
  TM_ASSIGN_OR_RETURN(std::string path, Resolve("ask for the free space of", given_path));
  TM_ASSIGN_OR_RETURN(const FileInfo info, Look("ask for the free space of", path));
  if (info.type != FileType::kDirectory) {
    return WrongType("ask for the free space of", path, "is no directory");
  }
  // What the dry run has made would be on the disk of what it is in.
  while (names_.Find(path).kind != Kind::kBase) path = ParentOf(path);
  return base_->FreeBytes(names_.Find(path).base_path);
}

absl::Status DryRunFileSystem::SyncDirectory(absl::string_view given_path) {
  MutexLock lock(&mutex_);
  TM_ASSIGN_OR_RETURN(const std::string path, Resolve("sync", given_path));
  TM_ASSIGN_OR_RETURN(const FileInfo info, Look("sync", path));
  return info.type == FileType::kDirectory ? absl::OkStatus()
                                           : WrongType("sync", path, "is no directory");
}

absl::StatusOr<std::unique_ptr<FileLock>> DryRunFileSystem::Lock(absl::string_view given_path) {
  MutexLock lock(&mutex_);
  TM_ASSIGN_OR_RETURN(const std::string path, Resolve("lock", given_path));
  const DryRunName name = names_.Find(path);
  if (name.kind == Kind::kMemoryDirectory) return WrongType("lock", path, "is a directory");
  std::shared_ptr<DryRunContent> content = name.memory;
  if (name.kind == Kind::kBase) {
    const absl::StatusOr<FileInfo> info = base_->Stat(name.base_path);
    if (!info.ok() && !absl::IsNotFound(info.status())) return info.status();
    if (info.ok()) {
      absl::StatusOr<std::unique_ptr<FileLock>> taken = base_->Lock(name.base_path);
      // Whoever may not write there needs no protection from those who may not either.
      if (!absl::IsPermissionDenied(taken.status())) return taken;
      content = std::make_shared<DryRunContent>(info->size_bytes, files_);
    }
  }
  if (content == nullptr) {
    TM_ASSIGN_OR_RETURN(content, MakeFile(path));
  }
  if (!locks_->Take(content.get())) {
    return absl::FailedPreconditionError(
        absl::StrCat("lock ", path, ": held by another opener; close that one first"));
  }
  return std::unique_ptr<FileLock>(std::make_unique<TableLock>(locks_, std::move(content)));
}

}  // namespace

std::unique_ptr<FileSystem> NewDryRunFileSystem(FileSystem* base) {
  return std::make_unique<DryRunFileSystem>(base);
}

}  // namespace tidemark
