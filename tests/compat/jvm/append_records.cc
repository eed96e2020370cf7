// Appends record batches to a data directory through the public surface, for checks that a real
// Kafka then makes of it. What the command line has no words for (headers, null and empty values,
// timestamps) comes here as JSON.
//
// Usage: append_records DATA_DIR, with one batch a line on standard input:
//   {"topic": T, "partition": P, "codec": "none|gzip|snappy|lz4|zstd", "records":
//     [{"timestamp": MS, "key": TEXT or null, "value": TEXT or null,
//       "headers": [[NAME, TEXT or null], ...]}, ...]}

#include <deque>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "api/tidemark.h"

namespace tidemark {
namespace {

using Json = nlohmann::json;

Codec CodecNamed(const std::string& name) {
  const std::vector<std::string> names = {"none", "gzip", "snappy", "lz4", "zstd"};
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Codec>(i);
  }
  std::cerr << "no codec is named " << name << "\n";
  return Codec::kNone;
}

absl::optional<absl::string_view> TextOrNull(const Json& json) {
  if (json.is_null()) return absl::nullopt;
  return absl::string_view(json.get_ref<const std::string&>());
}

absl::Status AppendLine(Tidemark& tide, const Json& line) {
  std::deque<std::vector<RecordHeader>> headers;
  std::vector<Record> records;
  for (const Json& each : line.at("records")) {
    headers.emplace_back();
    for (const Json& header : each.at("headers")) {
      headers.back().push_back(
          {header.at(0).get_ref<const std::string&>(), TextOrNull(header.at(1))});
    }
    records.push_back({.key = TextOrNull(each.at("key")),
                       .value = TextOrNull(each.at("value")),
                       .headers = headers.back(),
                       .timestamp = Timestamp(each.at("timestamp").get<int64_t>())});
  }
  absl::StatusOr<Topic> topic = tide.OpenTopic(line.at("topic").get<std::string>());
  if (!topic.ok()) return topic.status();
  ProduceOptions options;
  options.partition = PartitionId(line.at("partition").get<int32_t>());
  options.codec = CodecNamed(line.at("codec"));
  return topic->AppendBatch(records, options).status();
}

absl::Status AppendAll(const std::string& directory) {
  // As many partitions of the offsets topic as the broker of the checks has.
  absl::StatusOr<Tidemark> tide =
      Tidemark::Open(directory, {.config = {{"offsets.topic.num.partitions", "3"}}});
  if (!tide.ok()) return tide.status();
  std::string line;
  while (std::getline(std::cin, line)) {
    const absl::Status appended = AppendLine(*tide, Json::parse(line));
    if (!appended.ok()) return appended;
  }
  return tide->Close();
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  const absl::Status done = tidemark::AppendAll(argv[1]);
  if (!done.ok()) std::cerr << done << "\n";
  return done.ok() ? 0 : 2;
}
