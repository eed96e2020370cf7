// Goal: batches as brokers send them are read, and messages of the versions before 2 are refused
// cleanly wherever they stand. Method: captured Fetch responses, of which just enough is decoded
// here to reach the record sets.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/base/bytes.h"
#include "storage/record_batch.h"
#include "tests/compat/compat_files.h"
#include "tests/compat/sha256.h"

namespace tidemark {
namespace {

template <typename T>
T Take(ByteReader* reader) {
  T value{};
  EXPECT_TRUE(reader->Take(&value));
  return value;
}

absl::string_view TakeSized(ByteReader* reader, int64_t size_bytes) {
  absl::string_view bytes;
  EXPECT_TRUE(reader->TakeBytes(size_bytes, &bytes));
  return bytes;
}

// The record set of one partition of a Fetch response.
absl::string_view TakePartition(ByteReader* reader, int version) {
  Take<int32_t>(reader);                    // Partition.
  Take<int16_t>(reader);                    // Error code.
  Take<int64_t>(reader);                    // High watermark.
  if (version >= 4) Take<int64_t>(reader);  // Last stable offset.
  if (version >= 5) Take<int64_t>(reader);  // Log start offset.
  if (version >= 4) {
    const int32_t aborted_count = Take<int32_t>(reader);
    for (int32_t i = 0; i < aborted_count; ++i) TakeSized(reader, 16);
  }
  if (version >= 11) Take<int32_t>(reader);  // Preferred read replica.
  return TakeSized(reader, Take<int32_t>(reader));
}

// All record sets, one after the other, of a Fetch response without its size and correlation id.
std::string RecordSets(absl::string_view response, int version) {
  ByteReader reader(response);
  if (version >= 1) Take<int32_t>(&reader);  // Throttle time.
  if (version >= 7) TakeSized(&reader, 6);   // Error code and session.
  std::string sets;
  const int32_t topic_count = Take<int32_t>(&reader);
  for (int32_t topic = 0; topic < topic_count; ++topic) {
    TakeSized(&reader, Take<int16_t>(&reader));
    const int32_t partition_count = Take<int32_t>(&reader);
    for (int32_t i = 0; i < partition_count; ++i)
      absl::StrAppend(&sets, TakePartition(&reader, version));
  }
  EXPECT_TRUE(reader.empty());
  return sets;
}

TEST(Wire, EveryBatchOfAFetchResponseIsRead) {
  const struct {
    const char* path;
    int version;
    size_t batch_count;
    int64_t record_count;
    const char* records_sha256;  // Of another decoder's record lines.
  } kCases[] = {
      {"kafkajs/fetch_v10_response.bin", 10, 1, 3,
       "0648044f7be9d6d9ae60e1ed21b896efcc5ef9ac1bc0c7497ce3e5ab608d96f4"},
      {"kafkajs/fetch_v11_response.bin", 11, 1, 3,
       "0648044f7be9d6d9ae60e1ed21b896efcc5ef9ac1bc0c7497ce3e5ab608d96f4"},
      {"kafkajs/fetch_v4_from_scala_producer_response.bin", 4, 6, 6,
       "d1123b54b825995cfb145f736bc85f4e39e67451ad2afcfa9d82f7150ce53972"},
      {"kafkajs/fetch_v4_response.bin", 4, 1, 3,
       "0648044f7be9d6d9ae60e1ed21b896efcc5ef9ac1bc0c7497ce3e5ab608d96f4"},
      {"kafkajs/fetch_v4_response_gzip.bin", 4, 2, 6,
       "463658df32c4abc5f0f37072ded7a8aa76a79a2898e1de172f6179c6ac0724a4"},
      {"kafkajs/fetch_v4_response_snappy.bin", 4, 1, 1,
       "36dbc9efd627fbd7be408518526307282916ce1a8859a5eca1b4643651cf80db"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.path);
    const std::string sets =
        RecordSets(ReadCompatFile(std::string("golden/wire/") + test.path), test.version);
    const absl::StatusOr<BatchesRead> read = ReadBatches(sets);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->batches.size(), test.batch_count);
    EXPECT_EQ(read->record_count, test.record_count);
    EXPECT_EQ(Sha256Hex(read->record_lines), test.records_sha256);
    for (const RecordBatchView& batch : read->batches) {
      EXPECT_TRUE(batch.codec() != Codec::kNone || Rebuild(batch) == batch.bytes());
    }
  }
}

struct MixedSet {
  int refused_count = 0;
  std::string batches;
};

// Steps over messages of old versions, each of which must be refused.
MixedSet Sort(absl::string_view set) {
  constexpr size_t kLengthPosition = 8;
  constexpr size_t kOverheadBytes = 12;
  constexpr size_t kMagicPosition = 16;
  MixedSet result;
  while (set.size() > kMagicPosition) {
    const size_t size = std::min(
        set.size(), kOverheadBytes + LoadBigEndian<uint32_t>(set.data() + kLengthPosition));
    if (set[kMagicPosition] == 2) {
      absl::StrAppend(&result.batches, set.substr(0, size));
    } else {
      const absl::Status status = RecordBatchView::Parse(set).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
      EXPECT_TRUE(absl::StrContains(
          status.message(), absl::StrCat("(magic) ", static_cast<int>(set[kMagicPosition]))))
          << status;
      ++result.refused_count;
    }
    set.remove_prefix(size);
  }
  return result;
}

TEST(Wire, OldMessagesAmongBatchesAreRefusedOneByOne) {
  const std::string sets =
      RecordSets(ReadCompatFile("golden/wire/kafkajs/fetch_v4_response_mixed_formats.bin"), 4);
  const MixedSet mixed = Sort(sets);
  EXPECT_EQ(mixed.refused_count, 1611);
  const absl::StatusOr<BatchesRead> read = ReadBatches(mixed.batches);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->batches.size(), 3u);
  EXPECT_EQ(read->record_count, 814);
  EXPECT_EQ(Sha256Hex(read->record_lines),
            "1a0572e36ad59e303cf5204f9472ae12b6fa02ee9c9ad07ade38b7467a198039");
  EXPECT_EQ(read->batches.back().next_offset(), Offset(2425));
}

TEST(Wire, MessagesOfVersion0AreRefused) {
  constexpr size_t kCorrelationIdBytes = 4;
  for (const char* path : {"golden/wire/kafka-rust/fetch1.mytopic.1p.snappy.kafka.0822",
                           "golden/wire/kafka-rust/fetch2.mytopic.nocompression.kafka.0900"}) {
    const std::string response = ReadCompatFile(path).substr(kCorrelationIdBytes);
    const MixedSet mixed = Sort(RecordSets(response, 0));
    EXPECT_GT(mixed.refused_count, 0) << path;
    EXPECT_EQ(mixed.batches, "") << path;
  }
}

}  // namespace
}  // namespace tidemark
