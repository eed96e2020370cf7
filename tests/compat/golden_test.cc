// Goal: what real brokers and clients have written is read exactly, and written again byte by byte
// where no codec is in between. Method: tests/compat/golden holds their files; MANIFEST.json says
// where each comes from, and EXPECTED.json what another implementation decodes from it.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/producer_snapshot.h"
#include "storage/record_batch.h"
#include "tests/compat/compat_files.h"
#include "tests/compat/sha256.h"

namespace tidemark {
namespace {

Json Row(absl::string_view file, const RecordBatchView& batch) {
  return {batch.bytes().data() - file.data(), batch.size_bytes(),
          batch.base_offset().value(),        batch.last_offset_delta(),
          batch.leader_epoch().value(),       batch.attributes(),
          batch.base_timestamp().value(),     batch.max_timestamp().value(),
          batch.producer_id().value(),        batch.producer_epoch().value(),
          batch.base_sequence().value(),      batch.record_count()};
}

TEST(Golden, EveryFileIsWhatTheManifestSays) {
  int file_count = 0;
  for (const Json& entry : ReadCompatJson("golden/MANIFEST.json")) {
    const std::string path = entry["file"];
    const std::string bytes = ReadCompatFile("golden/" + path);
    EXPECT_EQ(bytes.size(), entry["size"].get<size_t>()) << path;
    EXPECT_EQ(Sha256Hex(bytes), entry["sha256"].get<std::string>()) << path;
    ++file_count;
  }
  EXPECT_EQ(file_count, 47);
}

TEST(Golden, EveryBatchAndRecordIsWhatAnotherImplementationDecodes) {
  const Json expected = ReadCompatJson("golden/EXPECTED.json");
  EXPECT_EQ(expected["files"].size(), 21u);
  for (const auto& [path, wanted] : expected["files"].items()) {
    SCOPED_TRACE(path);
    const std::string file = ReadCompatFile("golden/" + path);
    const absl::StatusOr<BatchesRead> read = ReadBatches(file);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->batches.size(), wanted["batches"].get<size_t>());
    EXPECT_EQ(read->record_count, wanted["records"].get<int64_t>());
    EXPECT_EQ(read->batches.back().next_offset().value(), wanted["log_end_offset"].get<int64_t>());
    EXPECT_EQ(Sha256Hex(read->record_lines), wanted["records_sha256"].get<std::string>());
    int64_t max_timestamp = -1;
    for (const RecordBatchView& batch : read->batches) {
      max_timestamp = std::max(max_timestamp, batch.max_timestamp().value());
    }
    EXPECT_EQ(max_timestamp, wanted["max_timestamp"].get<int64_t>());
    for (size_t i = 0; i < wanted["first_batches"].size(); ++i) {
      EXPECT_EQ(Row(file, read->batches[i]), wanted["first_batches"][i]);
    }
    EXPECT_EQ(Row(file, read->batches.back()), wanted["last_batch"]);
  }
}

TEST(Golden, TheBuilderMakesTheSameBytesOfEveryUncompressedBatch) {
  int batch_count = 0;
  const Json expected = ReadCompatJson("golden/EXPECTED.json");
  for (const auto& [path, wanted] : expected["files"].items()) {
    const std::string file = ReadCompatFile("golden/" + path);
    const absl::StatusOr<BatchesRead> read = ReadBatches(file);
    ASSERT_TRUE(read.ok()) << read.status();
    for (const RecordBatchView& batch : read->batches) {
      // The codec's level and the deltas behind an append time are not in the batch.
      if (batch.codec() != Codec::kNone) continue;
      EXPECT_TRUE(Rebuild(batch) == batch.bytes()) << path << " at " << batch.base_offset();
      ++batch_count;
    }
  }
  EXPECT_EQ(batch_count, 101);
}

TEST(Golden, SideFilesAreReadAndWrittenAgain) {
  int snapshot_count = 0;
  int epoch_file_count = 0;
  for (const Json& entry : ReadCompatJson("golden/MANIFEST.json")) {
    const std::string path = entry["file"];
    const std::string bytes = ReadCompatFile("golden/" + path);
    if (absl::EndsWith(path, ".snapshot")) {
      const auto entries = ParseProducerSnapshot(bytes);
      ASSERT_TRUE(entries.ok()) << path << ": " << entries.status();
      EXPECT_TRUE(entries->empty());
      EXPECT_EQ(FormatProducerSnapshot(*entries), bytes);
      ++snapshot_count;
    } else if (absl::EndsWith(path, "leader-epoch-checkpoint")) {
      const auto entries = ParseLeaderEpochCheckpoint(bytes);
      ASSERT_TRUE(entries.ok()) << path << ": " << entries.status();
      EXPECT_EQ(*entries, std::vector<LeaderEpochEntry>({{LeaderEpoch(0), Offset(0)}}));
      EXPECT_EQ(FormatLeaderEpochCheckpoint(*entries), bytes);
      ++epoch_file_count;
    }
  }
  EXPECT_EQ(snapshot_count, 13);
  EXPECT_EQ(epoch_file_count, 4);
}

}  // namespace
}  // namespace tidemark
