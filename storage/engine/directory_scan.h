#ifndef TIDEMARK_STORAGE_ENGINE_DIRECTORY_SCAN_H_
#define TIDEMARK_STORAGE_ENGINE_DIRECTORY_SCAN_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/engine/startup_plan.h"
#include "storage/env.h"
#include "storage/types.h"

namespace tidemark {

struct DirectoryScan {
  std::map<std::string, FoundTopic> topics;
  // The number of the data directory that each partition is in.
  std::map<TopicPartition, size_t> places;
  // For each data directory, names of directories that are awaiting removal.
  std::vector<std::vector<std::string>> deleted;
};

// True if an error is the disk's, which may hit one data directory and leave the others alone;
// false if somebody has made a mistake.
bool IsDiskFailure(const absl::Status& status);

// What the data directories hold together; changes nothing. The first one is home of the topics'
// files. Passes over those that have an error in `failures`, and puts one there where another than
// the first cannot be read. FAILED_PRECONDITION for a directory that neither Tidemark nor Kafka
// could have made, for a partition that is in two places, and for a topic's file that is not in the
// first; DATA_LOSS for a damaged topic file. Each names the path.
absl::StatusOr<DirectoryScan> ScanDataDirectories(FileSystem* file_system,
                                                  absl::Span<const std::string> roots,
                                                  std::vector<absl::Status>* failures);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_DIRECTORY_SCAN_H_
