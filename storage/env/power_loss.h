#ifndef TIDEMARK_STORAGE_ENV_POWER_LOSS_H_
#define TIDEMARK_STORAGE_ENV_POWER_LOSS_H_

#include "storage/env/memory_disk.h"
#include "storage/memory_env.h"

namespace tidemark {

// Takes an image (see MemoryDisk::Image) to one of the states that a power loss may leave, picked
// by `choose`. All that is in it then is on stable storage.
void LosePower(PowerLossMode mode, const Chooser& choose, MemoryDisk* disk);

// How many names, sizes and sectors are not on stable storage as they are.
int64_t CountUnsynced(const MemoryDisk& disk);

// Puts some of what is not on stable storage there. Changes nothing that a reader sees.
void WriteBackSome(const Chooser& choose, MemoryDisk* disk);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_POWER_LOSS_H_
