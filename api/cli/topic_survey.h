#ifndef TIDEMARK_API_CLI_TOPIC_SURVEY_H_
#define TIDEMARK_API_CLI_TOPIC_SURVEY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/env.h"
#include "storage/inspect.h"

namespace tidemark {

// What a data directory says of a topic, without opening it.
struct SurveyedTopic {
  std::string name;
  std::string id;                              // Empty where there is none.
  int32_t partition_count = 0;                 // As the topic was made; some may be absent.
  std::map<std::string, std::string> config;   // What was set for the topic.
  std::vector<PartitionDirectory> partitions;  // Those that are there, by number.
};

// The topics in the data directories of an engine, of which the first has the files of topics;
// sorted by name; `topic` alone if it is given: NOT_FOUND if it is not there. Reads only, whoever
// has the directories open. Topics that are being made or deleted are left out. NOT_FOUND if there
// is no such directory; DATA_LOSS for a topic's file that is damaged; errors of ListPartitions.
absl::StatusOr<std::vector<SurveyedTopic>> SurveyTopics(
    FileSystem* file_system, absl::Span<const std::string> data_directories,
    absl::optional<absl::string_view> topic = absl::nullopt);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_TOPIC_SURVEY_H_
