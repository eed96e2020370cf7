#ifndef TIDEMARK_TESTS_COMPAT_COMPAT_FILES_H_
#define TIDEMARK_TESTS_COMPAT_COMPAT_FILES_H_

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/record_batch.h"

namespace tidemark {

using Json = nlohmann::json;

// The file's bytes; `path` is below tests/compat. Fails the test if there is no such file.
std::string ReadCompatFile(absl::string_view path);
Json ReadCompatJson(absl::string_view path);

// The bytes that hexadecimal digits stand for.
std::string FromHex(const Json& text);

// What is known of a run of batches once it has been read.
struct BatchesRead {
  std::vector<RecordBatchView> batches;
  int64_t record_count = 0;
  // One line for each record: offset|timestamp|key|value|headers, bytes as hexadecimal digits, "-"
  // for null, headers as name=value with commas between them.
  std::string record_lines;
};

// Parses, checks and reads every batch of `bytes`, which holds nothing else.
absl::StatusOr<BatchesRead> ReadBatches(absl::string_view bytes);

// The batch that the builder makes of the same records under the same options.
std::string Rebuild(const RecordBatchView& batch);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_COMPAT_COMPAT_FILES_H_
