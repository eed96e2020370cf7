#ifndef TIDEMARK_STORAGE_ENV_WRONG_SYNC_H_
#define TIDEMARK_STORAGE_ENV_WRONG_SYNC_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "storage/env/memory_disk.h"
#include "storage/memory_env.h"

namespace tidemark {

// What a sync of that range does to the disk when it goes wrong in the way of `fault`: loudly if it
// has a status, silently else.
void SyncWrongly(const FileFault& fault, absl::string_view path, NodeId node, int64_t position,
                 int64_t length_bytes, MemoryDisk* disk);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_WRONG_SYNC_H_
