#include "tests/compat/broker_files.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace tidemark {

std::string ReadBrokerFile(absl::string_view path) {
  return ReadCompatFile(absl::StrCat("golden/broker/", path));
}

Json BrokerExpected() { return ReadCompatJson("golden/broker/EXPECTED.json"); }

Json DumpRow(absl::string_view file, const RecordBatchView& batch) {
  const std::vector<std::string> codecs = {"none", "gzip", "snappy", "lz4", "zstd"};
  Json row = {{"position", batch.bytes().data() - file.data()},
              {"size", batch.size_bytes()},
              {"baseOffset", batch.base_offset().value()},
              {"lastOffset", batch.base_offset().value() + batch.last_offset_delta()},
              {"count", batch.record_count()},
              {"baseSequence", batch.base_sequence().value()},
              {"producerId", batch.producer_id().value()},
              {"producerEpoch", batch.producer_epoch().value()},
              {"partitionLeaderEpoch", batch.leader_epoch().value()},
              {"CreateTime", batch.max_timestamp().value()},
              {"isTransactional", batch.is_transactional()},
              {"isControl", batch.is_control()},
              {"deleteHorizonMs", nullptr},
              {"compresscodec", codecs[static_cast<size_t>(batch.codec())]},
              {"crc", batch.crc()}};
  if (batch.delete_horizon()) row["deleteHorizonMs"] = batch.delete_horizon()->value();
  return row;
}

std::string ReadBrokerLog(absl::string_view partition) {
  std::string bytes;
  for (const Json& entry : ReadCompatJson("golden/broker/MANIFEST.json")) {
    const std::string path = entry["file"];
    if (absl::StartsWith(path, absl::StrCat(partition, "/")) && absl::EndsWith(path, ".log")) {
      bytes += ReadBrokerFile(path);
    }
  }
  return bytes;
}

}  // namespace tidemark
