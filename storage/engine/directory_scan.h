#ifndef TIDEMARK_STORAGE_ENGINE_DIRECTORY_SCAN_H_
#define TIDEMARK_STORAGE_ENGINE_DIRECTORY_SCAN_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/engine/startup_plan.h"
#include "storage/env.h"

namespace tidemark {

struct DirectoryScan {
  std::map<std::string, FoundTopic> topics;
  // Names of directories that are awaiting removal.
  std::vector<std::string> deleted;
};

// What the data directory at `root` holds; changes nothing. FAILED_PRECONDITION for a directory
// that neither Tidemark nor Kafka could have made, DATA_LOSS for a damaged topic file; both name
// the path.
absl::StatusOr<DirectoryScan> ScanDataDirectory(FileSystem* file_system, const std::string& root);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_DIRECTORY_SCAN_H_
