#ifndef TIDEMARK_STORAGE_INSPECT_PARTITION_FILES_H_
#define TIDEMARK_STORAGE_INSPECT_PARTITION_FILES_H_

// What stands around a partition's log, as an outsider reads it: names, checkpoints, policy.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/env.h"
#include "storage/format/file_names.h"
#include "storage/types.h"

namespace tidemark {

std::string JoinPath(absl::string_view directory, absl::string_view name);

// The directory part of a path, "." where there is none; and the rest.
absl::string_view DirectoryOf(absl::string_view path);
absl::string_view NameOf(absl::string_view path);

// More than any checkpoint or settings file of an honest directory has.
inline constexpr int64_t kSideFileBytesMax = int64_t{64} << 20;

// Where the files of one partition are found.
struct PartitionPlace {
  TopicPartition topic_partition;
  std::string directory;
  std::string data_directory;
  std::string home;  // The data directory that has the topic's file.
};

// With the data directory that it is in as `home`. INVALID_ARGUMENT if the name is not that of a
// live partition's directory.
absl::StatusOr<PartitionPlace> LocatePartition(absl::string_view directory);

// The base offsets of the .log files, rising. NOT_FOUND if the directory is gone. While a compacted
// segment takes the place of others, its file is the one with `.swap` behind the name, and of those
// that it replaces the first is gone; then it counts, and some of the others may be listed, too.
absl::StatusOr<std::vector<Offset>> ListSegments(FileSystem* file_system,
                                                 absl::string_view directory);

// Path of a segment's file.
std::string SegmentPath(absl::string_view directory, Offset base_offset, SegmentFileKind kind);

// The same while a compacted segment takes its place.
std::string SwapPath(absl::string_view directory, Offset base_offset, SegmentFileKind kind);

// What the partition's line in one of the data directory's offset checkpoints says; 0 without a
// line, a file or a readable one: a checkpoint may claim less than is there.
Offset CheckpointedOffset(FileSystem* file_system, const PartitionPlace& place,
                          absl::string_view checkpoint_name);

// Whether offsets may be missing between batches, as the topic's file says; true without one.
bool AreOffsetGapsAllowed(FileSystem* file_system, const PartitionPlace& place);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_PARTITION_FILES_H_
