#ifndef TIDEMARK_STORAGE_ENV_H_
#define TIDEMARK_STORAGE_ENV_H_

// The seams: everything that Tidemark does to the world goes through one of these interfaces, which
// the embedder passes in. Real implementations come from storage/posix_env.h, in-memory and faulty
// ones from storage/memory_env.h. All are thread-safe unless a class says otherwise.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace tidemark {

// A file's bytes mapped into memory. Keeps its file's bytes reachable after the `File` is closed
// and after the name is removed or given to another file. Bytes beyond the end of the file must not
// be touched; after `File::Truncate` this includes bytes that were valid before.
class MappedRegion {
 public:
  virtual ~MappedRegion() = default;

  // The first byte of the file. Writable only if mapped kReadWrite.
  virtual char* data() const = 0;
  // Bytes of address space, from the file's first byte; may reach beyond the end of the file.
  virtual int64_t size_bytes() const = 0;

  // Brings [position, position + length_bytes) into memory, for writing if mapped kReadWrite, so
  // that touching it neither waits for the disk nor raises a signal. OUT_OF_RANGE beyond the region
  // or the end of the file (the rest of the file's last page may pass), UNAVAILABLE when the disk
  // cannot deliver it, RESOURCE_EXHAUSTED or UNAVAILABLE when it has no room for a part that was
  // never allocated. The contents do not change; if for writing, a later Sync writes the pages of
  // the range to the disk all the same, as if they had been written again.
  virtual absl::Status Populate(int64_t position, int64_t length_bytes) = 0;

  // The same for reading alone, also where mapped kReadWrite: what is clean stays so, and need not
  // be written to the disk again.
  virtual absl::Status PopulateForReading(int64_t position, int64_t length_bytes) = 0;

  // Same as File::Sync for these bytes and the file's size; needs no open File. A write-back
  // failure since the File was opened is reported once: to the File or to one of its regions.
  // OUT_OF_RANGE beyond the region; FAILED_PRECONDITION if the File was opened only for reading.
  virtual absl::Status Sync(int64_t position, int64_t length_bytes) = 0;
};

enum class MapMode { kRead, kReadWrite };

// An open file. Positions and sizes are in bytes. Calls may run concurrently; overlapping writes
// leave either's bytes. Closing is the destructor's and loses nothing that the page cache has, but
// a write-back failure after it is reported to nobody: sync before closing, or through a region.
// INVALID_ARGUMENT for a negative position or length; FAILED_PRECONDITION for changing a file that
// was opened only for reading.
class File {
 public:
  virtual ~File() = default;

  // Fills `out` from `position`. Returns fewer bytes only at the end of the file.
  virtual absl::StatusOr<int64_t> Read(int64_t position, absl::Span<char> out) = 0;

  // Writes all of `bytes` at `position`, extending the file as needed. After an error any part may
  // have been written. RESOURCE_EXHAUSTED when the disk or the quota is full.
  virtual absl::Status Write(int64_t position, absl::string_view bytes) = 0;

  virtual absl::StatusOr<int64_t> Size() = 0;

  // Sets the size. A longer file reads as zeros in its new part, which has no disk blocks yet.
  virtual absl::Status Truncate(int64_t size_bytes) = 0;

  // Makes the file at least `size_bytes` long, with disk blocks for every byte up to there, so that
  // writing there cannot run out of space; where the file system cannot do that to bytes that the
  // file has already, only to the new ones. New bytes read as zeros. RESOURCE_EXHAUSTED when there
  // is no room; the size is then unchanged. Must not run together with writes beyond the end.
  virtual absl::Status Allocate(int64_t size_bytes) = 0;

  // On OK, every byte written before the call, through this File or a region mapped from it, and
  // the size, are on stable storage; the name is not (see FileSystem::SyncDirectory). After an
  // error what is on stable storage is unknown, and a later OK says nothing about the bytes of the
  // failed call.
  virtual absl::Status Sync() = 0;

  // Writes `parts` at `position`, one behind the other, as Write does; on OK they, and what is
  // needed to read them back, are on stable storage, whatever else of the file is not. After an
  // error any part may have been written, and as after a failed Sync a later OK says nothing about
  // it. Where the blocks were written before, this costs less than Write and Sync.
  virtual absl::Status WriteDurably(int64_t position, absl::Span<const absl::string_view> parts) {
    for (const absl::string_view part : parts) {
      if (absl::Status written = Write(position, part); !written.ok()) return written;
      position += static_cast<int64_t>(part.size());
    }
    return Sync();
  }

  // Maps `size_bytes` (above 0) of address space from the start of the file, which may be shorter.
  // The region shares the file's pages with Read and Write; kReadWrite needs a File opened for
  // writing. UNIMPLEMENTED where mapping is not possible (copy with Read and Write instead),
  // RESOURCE_EXHAUSTED when there is no address space or mapping left.
  virtual absl::StatusOr<std::shared_ptr<MappedRegion>> Map(MapMode mode, int64_t size_bytes) = 0;

  // Sends up to `length_bytes` from `position` to the socket without copying them through this
  // process. Returns the bytes sent: fewer when the socket's buffer or the file ends, 0 only at the
  // end of the file or when nothing was asked for. UNAVAILABLE when a non-blocking socket takes
  // nothing now, ABORTED when its connection is broken (the process may also get SIGPIPE, which the
  // socket's owner must be ready for); UNIMPLEMENTED in memory.
  virtual absl::StatusOr<int64_t> SendTo(int socket_descriptor, int64_t position,
                                         int64_t length_bytes) = 0;
};

// Holds an exclusive lock until destroyed or until the process ends, however it ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class OpenMode {
  kRead,       // Must exist.
  kReadWrite,  // Must exist.
  kCreate,     // Read and write; made if absent, with mode 0600; contents kept if present.
};

enum class FileType { kFile, kDirectory, kOther };

struct DirectoryEntry {
  std::string name;  // Without the directory.
  FileType type = FileType::kFile;
};

struct FileInfo {
  FileType type = FileType::kFile;
  int64_t size_bytes = 0;
  // When the contents changed last, by the wall clock; InfiniteFuture where that is not known.
  absl::Time modified = absl::InfiniteFuture();
};

// Names and files. Paths are '/'-separated. Symbolic links are not followed in a path's last part.
// Errors everywhere: NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED (also a read-only file system),
// RESOURCE_EXHAUSTED (disk, quota), UNAVAILABLE (too many open files; I/O error; memory),
// FAILED_PRECONDITION (wrong type, symbolic link, not empty), INVALID_ARGUMENT (name too long, NUL
// byte); each message names the path. Changes of names survive the process at once, and a power
// loss only after SyncDirectory of the directory that holds the name.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenMode mode) = 0;

  // Replaces `to` atomically if it exists.
  virtual absl::Status Rename(absl::string_view from, absl::string_view to) = 0;
  virtual absl::Status Remove(absl::string_view path) = 0;

  // Mode 0700. The parent must exist. ALREADY_EXISTS if the name is taken.
  virtual absl::Status CreateDirectory(absl::string_view path) = 0;
  // FAILED_PRECONDITION unless empty.
  virtual absl::Status RemoveDirectory(absl::string_view path) = 0;

  // All entries but "." and "..", sorted by name.
  virtual absl::StatusOr<std::vector<DirectoryEntry>> List(absl::string_view path) = 0;
  virtual absl::StatusOr<FileInfo> Stat(absl::string_view path) = 0;

  // The bytes that this process could still fill on the disk that has the directory; others may
  // take them meanwhile. FAILED_PRECONDITION for what is no directory.
  virtual absl::StatusOr<int64_t> FreeBytes(absl::string_view path) = 0;

  // On OK, the names that the directory holds now are on stable storage.
  virtual absl::Status SyncDirectory(absl::string_view path) = 0;

  // Makes the file if absent, and locks it exclusively, against other processes and against other
  // holders in this one. FAILED_PRECONDITION at once if it is held. The lock is on the file, not on
  // its name: nobody may remove or replace the name meanwhile.
  virtual absl::StatusOr<std::unique_ptr<FileLock>> Lock(absl::string_view path) = 0;
};

// Time. `Now` is the wall clock, which may jump either way; `MonotonicNow` only moves forward,
// counts from an arbitrary start, and is what deadlines and intervals use.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() = 0;
  virtual absl::Duration MonotonicNow() = 0;
};

// Runs tasks, now or later, each once, on threads of its own choosing or on the one that drives it.
// Tasks must not block for long on one another.
class Executor {
 public:
  using Task = std::function<void()>;

  virtual ~Executor() = default;

  virtual void Run(Task task) = 0;

  // Runs the task once `delay` has passed on the monotonic clock, as soon as possible if it is not
  // positive; returns a handle for Cancel, never 0.
  virtual uint64_t RunAfter(absl::Duration delay, Task task) = 0;

  // True if the task had not begun and now never will. False if it began, ended or was cancelled.
  virtual bool Cancel(uint64_t handle) = 0;
};

// An executor of threads of its own, whose number can grow.
class ThreadPool : public Executor {
 public:
  // Starts as many more; fewer if the system does not give them. By one thread at a time.
  virtual void AddThreads(int threads) = 0;
};

// Random numbers. The same seed gives the same numbers in a seeded implementation.
class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t Next() = 0;
};

// The seams together. Not owned: they must outlive whatever they are given to.
struct Environment {
  FileSystem* file_system = nullptr;
  Clock* clock = nullptr;
  Executor* executor = nullptr;
  Random* random = nullptr;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_H_
