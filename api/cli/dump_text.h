#ifndef TIDEMARK_API_CLI_DUMP_TEXT_H_
#define TIDEMARK_API_CLI_DUMP_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "api/cli/decoded_record.h"
#include "api/cli/text_columns.h"
#include "storage/inspect.h"

namespace tidemark {

// One file as a table for people, item by item.
class DumpText {
 public:
  DumpText(absl::string_view path, bool with_records);

  // What stands in front of the items: the path, and the names of the columns.
  void AppendHeading(std::string* out);

  // Damage appends nothing. Errors as AppendDumpJson; the records before are there.
  absl::Status Append(const DataFileItem& item, std::string* out);

 private:
  const std::string path_;
  const bool with_records_;
  const RecordDecoder decoder_;
  const std::vector<std::string> names_;
  TextColumns columns_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_DUMP_TEXT_H_
