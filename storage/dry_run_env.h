#ifndef TIDEMARK_STORAGE_DRY_RUN_ENV_H_
#define TIDEMARK_STORAGE_DRY_RUN_ENV_H_

#include <memory>

#include "storage/env.h"

namespace tidemark {

// Files as `base` has them, that can be changed without changing `base`: every name and byte that
// is made, moved, written, cut or removed is kept in memory and seen by later calls. For finding
// out what an operation would do, by doing it. `base` is not owned, must outlive what is made here,
// and must not be changed by others meanwhile. What is made here must not outlive the file system.
//
// Memory goes by what becomes different: writing the bytes that are there already, and cutting a
// file, cost next to nothing; any other write or growth takes the whole file into memory first.
//
// Unlike other file systems in three things. SendTo is UNIMPLEMENTED. Map: what a region of a file
// of `base` shows is what `base` has, whatever was written to the file here, and it must not be
// written to, even if it was mapped kReadWrite. Lock: a file that `base` has is locked there, so
// that others are kept out, except where that file may not be opened for writing; one that `base`
// lacks is not made there, and locked against others on this file system only.
//
// Thread-safe, and so is what it makes.
std::unique_ptr<FileSystem> NewDryRunFileSystem(FileSystem* base);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_DRY_RUN_ENV_H_
