#ifndef TIDEMARK_API_CLI_TOPIC_REPORT_H_
#define TIDEMARK_API_CLI_TOPIC_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "api/cli/output_format.h"
#include "api/cli/topic_survey.h"
#include "storage/env.h"

namespace tidemark {

// One row or object for each topic: name, partitions, id.
std::string ReportTopicList(const std::vector<SurveyedTopic>& topics, OutputFormat format);

// A topic with its settings and, read from its files, each partition's offsets and size. As JSON,
// one object on one line. Errors of ReadOnlyPartition.
absl::StatusOr<std::string> ReportTopic(FileSystem* file_system, const SurveyedTopic& topic,
                                        OutputFormat format);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_TOPIC_REPORT_H_
