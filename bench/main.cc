#include <benchmark/benchmark.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <string>

#include "bench/support.h"

namespace tidemark {
namespace {

// What the numbers must be read with: no disk, no durability.
std::string FileSystemName(const std::string& directory) {
  struct statfs information = {};
  RequireCall("statfs", statfs(directory.c_str(), &information));
  switch (information.f_type) {
    case TMPFS_MAGIC:
      return "tmpfs (in memory: durable figures mean nothing)";
    case EXT4_SUPER_MAGIC:
      return "ext4";
    case XFS_SUPER_MAGIC:
      return "xfs";
    case BTRFS_SUPER_MAGIC:
      return "btrfs";
    default:
      return std::to_string(information.f_type);
  }
}

}  // namespace
}  // namespace tidemark

int main(int argument_count, char** arguments) {
  benchmark::Initialize(&argument_count, arguments);
  if (benchmark::ReportUnrecognizedArguments(argument_count, arguments)) return 1;
  const std::string directory = tidemark::BenchDirectory();
  benchmark::AddCustomContext("directory", directory);
  benchmark::AddCustomContext("file_system", tidemark::FileSystemName(directory));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
