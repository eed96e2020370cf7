#ifndef TIDEMARK_STORAGE_ENGINE_TOPIC_FILES_H_
#define TIDEMARK_STORAGE_ENGINE_TOPIC_FILES_H_

// The `.topic` files and `tidemark.properties` in a data directory.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine/topic_file.h"
#include "storage/env.h"

namespace tidemark {

// The name under which each `.topic` file is written before it is renamed. Only one is written at a
// time.
inline constexpr absl::string_view kTopicTemporaryFileName = "tidemark.tmp";

// NOT_FOUND if the topic has no file; DATA_LOSS if it is damaged, naming it and what to do.
absl::StatusOr<TopicFile> ReadTopicFile(FileSystem* file_system, const std::string& root,
                                        absl::string_view topic);

// Replaces the topic's file as a whole. On stable storage on return. After an error the old or the
// new one is there.
absl::Status WriteTopicFile(FileSystem* file_system, const std::string& root,
                            absl::string_view topic, const TopicFile& file);

// The engine's settings; none if they were never written.
absl::StatusOr<ConfigMap> ReadEngineProperties(FileSystem* file_system, const std::string& root);
absl::Status WriteEngineProperties(FileSystem* file_system, const std::string& root,
                                   const ConfigMap& config);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_TOPIC_FILES_H_
