#include "storage/posix_env.h"

#include "storage/env/posix_file_system.h"
#include "storage/env/system_clock.h"
#include "storage/env/system_random.h"
#include "storage/env/thread_pool_executor.h"

namespace tidemark {

std::unique_ptr<FileSystem> NewPosixFileSystem() { return std::make_unique<PosixFileSystem>(); }

std::unique_ptr<Clock> NewSystemClock() { return std::make_unique<SystemClock>(); }

std::unique_ptr<ThreadPool> NewThreadPoolExecutor(int threads) {
  auto executor = std::make_unique<ThreadPoolExecutor>(threads < 1 ? 1 : threads);
  if (executor->thread_count() == 0) return nullptr;
  return executor;
}

std::unique_ptr<Random> NewSystemRandom() { return std::make_unique<SystemRandom>(); }

}  // namespace tidemark
