#ifndef TIDEMARK_STORAGE_ENGINE_TOPIC_FILE_H_
#define TIDEMARK_STORAGE_ENGINE_TOPIC_FILE_H_

// `<topic>.topic` and `tidemark.properties`, the files that hold what Kafka keeps in its metadata
// log: docs/format/topic_file.md.

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/engine.h"
#include "storage/types.h"

namespace tidemark {

inline constexpr absl::string_view kEnginePropertiesFileName = "tidemark.properties";

// Far above what all settings together can need.
inline constexpr int64_t kTopicFileBytesMax = int64_t{1} << 20;

// More would not fit a file name: the longest topic name, a hyphen and five digits are 255 bytes.
inline constexpr int32_t kTopicPartitionsMax = 100000;

enum class TopicState {
  kCreating,  // To be taken back, unless a later write says kLive.
  kLive,
  kDeleting,  // Gone; what is left of it is to be removed.
};

struct TopicFile {
  TopicId id;  // Never zero in a file.
  TopicState state = TopicState::kLive;
  int32_t partition_count = 0;
  // True if offsets may be missing between batches, because of a cleanup policy that the topic has
  // or had, or may have had before it came here.
  bool offset_gaps_allowed = false;
  ConfigMap config;

  friend bool operator==(const TopicFile&, const TopicFile&) = default;
};

// "<topic>.topic".
std::string TopicFileName(absl::string_view topic);

// The topic's name, which may be invalid; nothing if `name` does not end in ".topic".
absl::optional<absl::string_view> ParseTopicFileName(absl::string_view name);

std::string FormatTopicFile(const TopicFile& file);

// DATA_LOSS, saying what is wrong, for damage; FAILED_PRECONDITION for a newer version, or for
// settings that this release does not know.
absl::StatusOr<TopicFile> ParseTopicFile(absl::string_view text);

std::string FormatEngineProperties(const ConfigMap& config);

// The same errors.
absl::StatusOr<ConfigMap> ParseEngineProperties(absl::string_view text);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_TOPIC_FILE_H_
