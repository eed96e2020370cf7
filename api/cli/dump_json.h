#ifndef TIDEMARK_API_CLI_DUMP_JSON_H_
#define TIDEMARK_API_CLI_DUMP_JSON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "api/cli/decoded_record.h"
#include "storage/inspect.h"

namespace tidemark {

struct DumpJsonOptions {
  bool with_records = false;
  RecordDecoder decoder = nullptr;  // For the records; may be null.
  // Put into each object where it is not plain which file it is of.
  absl::optional<std::string> file;
};

// Appends the item as one JSON object on one line: docs/INSPECTION.md. Notes and damage are no
// objects and append nothing. DATA_LOSS or RESOURCE_EXHAUSTED if the records cannot be read; those
// before are in the object all the same.
absl::Status AppendDumpJson(const DataFileItem& item, const DumpJsonOptions& options,
                            std::string* out);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_DUMP_JSON_H_
