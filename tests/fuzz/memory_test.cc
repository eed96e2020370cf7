// What hostile bytes cost at most: docs/GUARANTEES.md. Counts every allocation of the process.

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "api/groups/group_metadata_value.h"
#include "api/transactions/transaction_value.h"
#include "gtest/gtest.h"
#include "storage/base/bytes.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/compression.h"
#include "storage/format/producer_snapshot.h"
#include "storage/format/record_batch_layout.h"
#include "storage/log/log_harness.h"
#include "storage/memory_env.h"
#include "storage/record_batch.h"
#include "tests/fuzz/allocation_counter.h"
#include "tests/fuzz/repair.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kSmall = kMiB;
constexpr int32_t kHuge = std::numeric_limits<int32_t>::max();
constexpr Codec kCodecs[] = {Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};

template <typename T>
std::string BigEndian(T value) {
  std::string bytes(sizeof(value), '\0');
  StoreBigEndian(value, bytes.data());
  return bytes;
}

std::string Compress(Codec codec, absl::string_view bytes) {
  std::string stream;
  EXPECT_TRUE(Compressor::Create(codec)->Compress(bytes, &stream).ok());
  return stream;
}

// A batch that claims so many records, with a right CRC.
std::string BatchOf(Codec codec, int32_t record_count, absl::string_view payload) {
  std::string batch = MakeBatch({"x"}).substr(0, layout::kHeaderBytes);
  batch.append(payload.data(), payload.size());
  StoreBigEndian(static_cast<int32_t>(batch.size() - layout::kLengthOverheadBytes),
                 batch.data() + layout::kBatchLength);
  StoreBigEndian(static_cast<int16_t>(codec), batch.data() + layout::kAttributes);
  StoreBigEndian(record_count - 1, batch.data() + layout::kLastOffsetDelta);
  StoreBigEndian(record_count, batch.data() + layout::kRecordCount);
  return RepairBatches(batch);
}

class MemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!IsCountingAllocations()) GTEST_SKIP() << "a sanitizer has its own allocator";
  }
};

TEST_F(MemoryTest, TheCounterSeesWhatIsTaken) {
  const PeakAllocation peak;
  { const std::string held(static_cast<size_t>(5 * kMiB), 'x'); }
  EXPECT_GE(peak.bytes(), 5 * kMiB);
  EXPECT_LE(peak.bytes(), 5 * kMiB + kSmall);
}

TEST_F(MemoryTest, ABombOfAnyCodecCostsThreeTimesTheLimitAnd16MiB) {
  constexpr int64_t kLimit = 8 * kMiB;
  for (const Codec codec : kCodecs) {
    const std::string bomb = Compress(codec, std::string(static_cast<size_t>(64 * kMiB), '\0'));
    const PeakAllocation peak;
    std::string out;
    EXPECT_TRUE(absl::IsResourceExhausted(Decompress(codec, bomb, kLimit, &out)));
    EXPECT_LE(peak.bytes(), 3 * kLimit + 16 * kMiB) << static_cast<int>(codec);
  }
}

TEST_F(MemoryTest, WhatAStreamClaimsCostsNothing) {
  // A zstd frame with a window of 2 GiB, then one with contents of 2^62; each ends in a block that
  // repeats a byte. An lz4 frame with contents of 2^62. A snappy block of 4 GiB.
  const std::string block = {'\3', '\0', '\0', 'x'};
  const std::vector<std::pair<Codec, std::string>> streams = {
      {Codec::kZstd, std::string("\x28\xb5\x2f\xfd\0\xa8", 6) + block},
      {Codec::kZstd, std::string("\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\0\0\x40", 13) + block},
      {Codec::kLz4, std::string("\x04\x22\x4d\x18\x68\x70\0\0\0\0\0\0\0\x40\0", 15)},
      {Codec::kSnappy, "\xff\xff\xff\xff\x0f"},
      {Codec::kGzip, std::string("\x1f\x8b\x08\0\0\0\0\0\0\3", 10)},
  };
  for (const auto& [codec, stream] : streams) {
    const PeakAllocation peak;
    std::string out;
    Decompress(codec, stream, 64 * kMiB, &out).IgnoreError();  // Some are streams, of little.
    EXPECT_LE(peak.bytes(), 16 * kMiB) << static_cast<int>(codec);
  }
}

TEST_F(MemoryTest, CountsOfRecordsHeadersAndLengthsCostNothing) {
  // One record: its length, no attributes, no deltas, no key, no value; then 2^31 - 1 headers. And
  // one whose key has that many bytes.
  const std::string huge = "\xfe\xff\xff\xff\x0f";
  const std::vector<std::string> payloads = {
      "",
      std::string("\x14\0\0\0\1\1", 6) + huge,
      std::string("\x14\0\0\0", 4) + huge + std::string(2, '\1'),
      huge + std::string(10, '\0'),
  };
  for (const Codec codec :
       {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    for (const std::string& payload : payloads) {
      for (const int32_t count : {1, kHuge}) {
        const std::string bytes =
            BatchOf(codec, count, codec == Codec::kNone ? payload : Compress(codec, payload));
        const PeakAllocation peak;
        const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
        if (batch.ok()) {
          absl::StatusOr<RecordReader> reader = RecordReader::Open(*batch);
          RecordView record;
          EXPECT_FALSE(reader.ok() && reader->Next(&record).ok());
        }
        EXPECT_LE(peak.bytes(), kSmall) << static_cast<int>(codec) << " " << payload.size();
      }
    }
  }
}

TEST_F(MemoryTest, CountsInSideFilesAndStateRecordsCostNothing) {
  const std::string count = BigEndian(kHuge);
  const PeakAllocation peak;
  EXPECT_FALSE(
      ParseProducerSnapshot(RepairSnapshot("\1" + std::string(6, '\0') + count + "more")).ok());
  EXPECT_FALSE(ParseProducerSnapshot(
                   RepairSnapshot(std::string("\0\1\0\0\0\0", 6) + count + std::string(46, '\0')))
                   .ok());
  EXPECT_FALSE(ParseOffsetCheckpoint(absl::StrCat("0\n", kHuge, "\nt 0 0\n")).ok());
  EXPECT_FALSE(ParseLeaderEpochCheckpoint(absl::StrCat("0\n", kHuge, "\n0 0\n")).ok());
  // Version 3: protocol type, generation, no protocol, no leader, a time, members.
  EXPECT_FALSE(GroupMetadataValue::Parse(std::string("\0\3\0\0\0\0\0\1\377\377\377\377", 12) +
                                         std::string(8, '\0') + count)
                   .ok());
  // Version 0: producer, epoch, timeout, status, partitions.
  EXPECT_FALSE(
      TransactionValue::Parse(std::string(2 + 8 + 2 + 4, '\0') + "\1" + count + "more").ok());
  EXPECT_LE(peak.bytes(), kSmall);
}

class HostileLogTest : public MemoryTest {
 protected:
  // A file of the log with these bytes, then a hole up to `size_bytes`.
  void Put(absl::string_view name, absl::string_view bytes, int64_t size_bytes) {
    const std::unique_ptr<File> file =
        *life_.file_system.Open(absl::StrCat("/log/", name), OpenMode::kCreate);
    ASSERT_TRUE(file->Truncate(0).ok());
    ASSERT_TRUE(file->Write(0, bytes).ok());
    ASSERT_TRUE(file->Truncate(size_bytes).ok());
  }

  LogHarness life_;
};

TEST_F(HostileLogTest, ALengthThatIsWrongCostsNoMoreThanALargeBatchMayUnchecked) {
  std::string batch = MakeBatch({"x"});
  for (const bool was_clean : {false, true}) {
    StoreBigEndian(static_cast<int32_t>(300 * kMiB), batch.data() + layout::kBatchLength);
    Put("00000000000000000000.log", batch, 310 * kMiB);
    const PeakAllocation peak;
    life_.Open(was_clean).IgnoreError();  // Whether it opens is for other tests.
    EXPECT_LE(peak.bytes(), 32 * kMiB) << was_clean;
  }
}

TEST_F(HostileLogTest, HugeIndexFilesCostNothing) {
  ASSERT_TRUE(life_.Open().ok());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(life_.Append({"x"}).ok());
  ASSERT_TRUE(life_.log->Close().ok());
  const auto entries = [](size_t n) { return std::string(n, '\0'); };
  for (const bool was_clean : {true, false}) {
    Put("00000000000000000000.index", entries(8), kHuge);
    Put("00000000000000000000.timeindex", entries(12), kHuge);
    Put("00000000000000000000.txnindex", entries(34), kHuge / 34 * 34);
    const PeakAllocation peak;
    ASSERT_TRUE(life_.Open(was_clean, Offset(was_clean ? 10 : 0)).ok());
    EXPECT_EQ(life_.ReadAll().size(), 10u);
    ASSERT_TRUE(life_.log->Close().ok());
    EXPECT_LE(peak.bytes(), 8 * kMiB) << was_clean;
  }
}

}  // namespace
}  // namespace tidemark
