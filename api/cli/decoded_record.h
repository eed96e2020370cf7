#ifndef TIDEMARK_API_CLI_DECODED_RECORD_H_
#define TIDEMARK_API_CLI_DECODED_RECORD_H_

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "storage/record_batch.h"

namespace tidemark {

// What a record says in the schema of its topic: docs/INSPECTION.md. Never fails: what cannot be
// understood is said to be so.
using RecordDecoder = nlohmann::ordered_json (*)(const RecordView&);

// Judged by the directory in a log file's path; null for topics without a schema.
RecordDecoder RecordDecoderFor(absl::string_view path);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_DECODED_RECORD_H_
