// Appends record batches to a data directory through the public surface, for checks that a real
// Kafka then makes of it. What the command line has no words for (headers, null and empty values,
// timestamps) comes here as JSON.
//
// Usage: append_records DATA_DIR, with one step a line on standard input. A batch:
//   {"topic": T, "partition": P, "codec": "none|gzip|snappy|lz4|zstd", "records":
//     [{"timestamp": MS, "key": TEXT or null, "value": TEXT or null,
//       "headers": [[NAME, TEXT or null], ...]}, ...]}
// With "producer": ID besides, it is one of the transaction that is open of that transactional id:
//   {"producer": ID, "do": "begin|commit|abort"}
//   {"producer": ID, "do": "offsets", "group": G, "topic": T, "partition": P, "offset": N}

#include <deque>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
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

class Steps {
 public:
  explicit Steps(Tidemark* tide) : tide_(tide) {}

  absl::Status Take(const Json& line) {
    if (!line.contains("producer")) return Append(line, nullptr);
    absl::StatusOr<Producer*> producer = ProducerOf(line.at("producer").get<std::string>());
    if (!producer.ok()) return producer.status();
    return line.contains("do") ? Do(line, *producer) : Append(line, *producer);
  }

 private:
  absl::StatusOr<Producer*> ProducerOf(const std::string& id) {
    auto found = producers_.find(id);
    if (found == producers_.end()) {
      absl::StatusOr<Producer> opened = tide_->OpenProducer({.transactional_id = id});
      if (!opened.ok()) return opened.status();
      found = producers_.emplace(id, *std::move(opened)).first;
    }
    return &found->second;
  }

  static absl::Status Do(const Json& line, Producer* producer) {
    const std::string what = line.at("do");
    if (what == "begin") return producer->BeginTransaction();
    if (what == "commit") return producer->CommitTransaction();
    if (what == "abort") return producer->AbortTransaction();
    const TopicPartition partition{line.at("topic"), PartitionId(line.at("partition"))};
    return producer->SendOffsets(line.at("group").get<std::string>(),
                                 {{partition, {.offset = Offset(line.at("offset"))}}});
  }

  absl::Status Append(const Json& line, Producer* producer) {
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
    absl::StatusOr<Topic> topic = tide_->OpenTopic(line.at("topic").get<std::string>());
    if (!topic.ok()) return topic.status();
    ProduceOptions options;
    options.partition = PartitionId(line.at("partition").get<int32_t>());
    options.codec = CodecNamed(line.at("codec"));
    return producer == nullptr ? topic->AppendBatch(records, options).status()
                               : producer->AppendBatch(*topic, records, options).status();
  }

  Tidemark* const tide_;
  std::map<std::string, Producer> producers_;
};

absl::Status AppendAll(const std::string& directory) {
  // As many partitions of the internal topics as the broker of the checks has.
  absl::StatusOr<Tidemark> tide =
      Tidemark::Open(directory, {.config = {{"offsets.topic.num.partitions", "3"},
                                            {"transaction.state.log.num.partitions", "3"}}});
  if (!tide.ok()) return tide.status();
  Steps steps(&*tide);
  std::string line;
  while (std::getline(std::cin, line)) {
    const absl::Status taken = steps.Take(Json::parse(line));
    if (!taken.ok()) return taken;
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
