// Goal: agreement with other implementations, value by value. Method: tests/compat/vectors holds
// what OpenJDK and three client libraries made; each file says in "what" how.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "api/base/java_string_hash.h"
#include "storage/format/crc32c.h"
#include "storage/format/murmur2.h"
#include "storage/format/varint.h"
#include "storage/record_batch.h"
#include "tests/compat/compat_files.h"

namespace tidemark {
namespace {

TEST(Vectors, Crc32c) {
  int count = 0;
  const Json vectors = ReadCompatJson("vectors/crc32c.json")["vectors"];
  for (const Json& vector : vectors) {
    const std::string data = FromHex(vector["data_hex"]);
    EXPECT_EQ(Crc32c(data), vector["crc32c"].get<uint32_t>()) << vector["data_hex"];
    EXPECT_EQ(ExtendCrc32cPortable(0, data), vector["crc32c"].get<uint32_t>());
    ++count;
  }
  EXPECT_EQ(count, 48);
}

TEST(Vectors, Murmur2) {
  int count = 0;
  const Json vectors = ReadCompatJson("vectors/murmur2.json")["vectors"];
  for (const Json& vector : vectors) {
    const std::string key = FromHex(vector["key_hex"]);
    EXPECT_EQ(static_cast<int32_t>(Murmur2(key)), vector["murmur2"].get<int32_t>());
    for (const auto& [partition_count, partition] : vector["partition"].items()) {
      EXPECT_EQ(PartitionForKey(key, std::stoi(partition_count)).value(), partition.get<int32_t>())
          << vector["key_hex"] << " of " << partition_count;
    }
    ++count;
  }
  EXPECT_EQ(count, 43);
}

TEST(Vectors, JavaStringHash) {
  int count = 0;
  const Json vectors = ReadCompatJson("vectors/java_string_hashcode.json")["vectors"];
  for (const Json& vector : vectors) {
    const std::string utf8 = FromHex(vector["utf8_hex"]);
    const absl::optional<int32_t> hash = JavaStringHash(utf8);
    ASSERT_TRUE(hash.has_value()) << vector["utf8_hex"];
    EXPECT_EQ(*hash, vector["hashCode"].get<int32_t>());
    for (const auto& [partition_count, partition] : vector["partition"].items()) {
      EXPECT_EQ(CoordinatorPartition(*hash, std::stoi(partition_count)).value(),
                partition.get<int32_t>())
          << vector["utf8_hex"] << " of " << partition_count;
    }
    ++count;
  }
  EXPECT_EQ(count, 24);
}

TEST(Vectors, SignedVarints) {
  const Json vectors = ReadCompatJson("vectors/varint.json")["zigzag"];
  for (const Json& vector : vectors) {
    int64_t value = 0;
    ASSERT_TRUE(absl::SimpleAtoi(vector["value"].get<std::string>(), &value));
    char bytes[kVarlongBytesMax];
    const std::string varlong = FromHex(vector["varlong_hex"]);
    EXPECT_EQ(std::string(bytes, WriteVarlong(value, bytes)), varlong) << value;
    absl::string_view rest = varlong;
    int64_t found = 0;
    ASSERT_TRUE(TakeVarlong(&rest, &found));
    EXPECT_EQ(found, value);
    if (!vector.contains("varint_hex")) continue;
    const std::string varint = FromHex(vector["varint_hex"]);
    EXPECT_EQ(std::string(bytes, WriteVarint(static_cast<int32_t>(value), bytes)), varint);
    rest = varint;
    int32_t found_int = 0;
    ASSERT_TRUE(TakeVarint(&rest, &found_int));
    EXPECT_EQ(found_int, value);
  }
}

TEST(Vectors, UnsignedVarints) {
  const Json vectors = ReadCompatJson("vectors/varint.json")["unsigned"];
  for (const Json& vector : vectors) {
    const uint32_t value = vector["value"].get<uint32_t>();
    const std::string encoded = FromHex(vector["uvarint_hex"]);
    char bytes[kVarintBytesMax];
    EXPECT_EQ(std::string(bytes, WriteUnsignedVarint(value, bytes)), encoded);
    absl::string_view rest = encoded;
    uint32_t found = 0;
    ASSERT_TRUE(TakeUnsignedVarint(&rest, &found));
    EXPECT_EQ(found, value);
  }
}

TEST(Vectors, MalformedVarintsAreRefused) {
  const Json vectors = ReadCompatJson("vectors/varint.json")["malformed"];
  for (const Json& vector : vectors) {
    const std::string bytes = FromHex(vector["hex"]);
    absl::string_view rest = bytes;
    int32_t varint = 0;
    int64_t varlong = 0;
    EXPECT_FALSE(vector["as"] == "varint" ? TakeVarint(&rest, &varint)
                                          : TakeVarlong(&rest, &varlong))
        << vector["why"];
  }
}

void ExpectRecord(const RecordView& record, const Json& wanted) {
  EXPECT_EQ(record.offset.value(), wanted["offset"].get<int64_t>());
  EXPECT_EQ(record.timestamp.value(), wanted["timestamp"].get<int64_t>());
  const auto expect_bytes = [](const absl::optional<absl::string_view>& found, const Json& hex) {
    EXPECT_EQ(found.has_value(), !hex.is_null());
    EXPECT_TRUE(hex.is_null() || found.value_or("") == FromHex(hex));
  };
  expect_bytes(record.key, wanted["key_hex"]);
  expect_bytes(record.value, wanted["value_hex"]);
  ASSERT_EQ(static_cast<size_t>(record.headers.count()), wanted["headers"].size());
  size_t i = 0;
  record.headers.ForEach([&](const RecordHeader& header) {
    EXPECT_EQ(header.key, wanted["headers"][i][0].get<std::string>());
    expect_bytes(header.value, wanted["headers"][i][1]);
    ++i;
  });
}

class RecordBatchVectors : public testing::Test {
 protected:
  const Json vectors_ = ReadCompatJson("vectors/record_batches_v2.json")["vectors"];
};

TEST_F(RecordBatchVectors, AreDecoded) {
  EXPECT_EQ(vectors_.size(), 19u);
  for (const Json& vector : vectors_) {
    SCOPED_TRACE(vector["name"]);
    const std::string bytes = FromHex(vector["batch_hex"]);
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_TRUE(batch->VerifyCrc().ok());
    const Json& fields = vector["fields"];
    EXPECT_EQ(batch->size_bytes(), vector["size"].get<int64_t>());
    EXPECT_EQ(batch->base_offset().value(), fields["base_offset"].get<int64_t>());
    EXPECT_EQ(batch->leader_epoch().value(), fields["partition_leader_epoch"].get<int32_t>());
    EXPECT_EQ(batch->attributes(), fields["attributes"].get<int>());
    EXPECT_EQ(batch->last_offset_delta(), fields["last_offset_delta"].get<int32_t>());
    EXPECT_EQ(batch->base_timestamp().value(), fields["first_timestamp"].get<int64_t>());
    EXPECT_EQ(batch->max_timestamp().value(), fields["max_timestamp"].get<int64_t>());
    EXPECT_EQ(batch->producer_id().value(), fields["producer_id"].get<int64_t>());
    EXPECT_EQ(batch->producer_epoch().value(), fields["producer_epoch"].get<int>());
    EXPECT_EQ(batch->base_sequence().value(), fields["base_sequence"].get<int32_t>());
    EXPECT_EQ(batch->record_count(), fields["record_count"].get<int32_t>());
    absl::StatusOr<RecordReader> reader = RecordReader::Open(*batch);
    ASSERT_TRUE(reader.ok()) << reader.status();
    RecordView record;
    for (const Json& wanted : vector["records"]) {
      const absl::StatusOr<bool> next = reader->Next(&record);
      ASSERT_TRUE(next.ok() && *next) << next.status();
      ExpectRecord(record, wanted);
    }
    EXPECT_FALSE(*reader->Next(&record));
  }
}

TEST_F(RecordBatchVectors, WithoutACodecAreBuiltByteByByte) {
  int count = 0;
  for (const Json& vector : vectors_) {
    if (vector["codec"] != "none") continue;
    const std::string bytes = FromHex(vector["batch_hex"]);
    EXPECT_TRUE(Rebuild(*RecordBatchView::Parse(bytes)) == bytes) << vector["name"];
    ++count;
  }
  EXPECT_EQ(count, 10);
}

}  // namespace
}  // namespace tidemark
