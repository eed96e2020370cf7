#include "storage/format/compression.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace tidemark {
namespace {

constexpr int64_t kLimit = 8 << 20;
constexpr Codec kCodecs[] = {Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};

std::string Compress(Codec codec, absl::string_view bytes) {
  std::string out;
  EXPECT_TRUE(Compressor::Create(codec)->Compress(bytes, &out).ok());
  return out;
}

absl::StatusOr<std::string> Decompressed(Codec codec, absl::string_view bytes,
                                         int64_t limit = kLimit) {
  std::string out = "what was there before";
  const absl::Status status = Decompress(codec, bytes, limit, &out);
  if (!status.ok()) return status;
  return out;
}

std::string Noise(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 7;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

std::string Text(size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i)
    text += "line " + std::to_string(i % 1000) + " of text\n";
  text.resize(size);
  return text;
}

class CompressionTest : public testing::TestWithParam<Codec> {};

INSTANTIATE_TEST_SUITE_P(EveryCodec, CompressionTest, testing::ValuesIn(kCodecs));

TEST_P(CompressionTest, GivesBackWhatWentIn) {
  // Around snappy's block of 32 KiB and lz4's of 64 KiB.
  for (size_t size : {0, 1, 100, 32767, 32768, 32769, 65536, 65537, 300000}) {
    for (const std::string& bytes : {Text(size), Noise(size), std::string(size, 'x')}) {
      const absl::StatusOr<std::string> found =
          Decompressed(GetParam(), Compress(GetParam(), bytes));
      ASSERT_TRUE(found.ok()) << size << ": " << found.status();
      EXPECT_TRUE(*found == bytes) << size;
    }
  }
}

TEST_P(CompressionTest, OneCompressorMakesManyStreamsBehindWhatIsThere) {
  const std::unique_ptr<Compressor> compressor = Compressor::Create(GetParam());
  for (int i = 0; i < 3; ++i) {
    std::string out = "header";
    ASSERT_TRUE(compressor->Compress(Text(1000), &out).ok());
    EXPECT_EQ(out, "header" + Compress(GetParam(), Text(1000)));
  }
}

TEST_P(CompressionTest, ConcatenatedStreamsAreOne) {
  const std::string both = Compress(GetParam(), "first, ") + Compress(GetParam(), Text(70000));
  const absl::StatusOr<std::string> found = Decompressed(GetParam(), both);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, "first, " + Text(70000));
}

TEST_P(CompressionTest, TheLimitIsExact) {
  for (const std::string& bytes : {Text(100000), std::string(100000, 'x')}) {
    const std::string compressed = Compress(GetParam(), bytes);
    const int64_t size = static_cast<int64_t>(bytes.size());
    EXPECT_TRUE(Decompressed(GetParam(), compressed, size).ok());
    EXPECT_EQ(Decompressed(GetParam(), compressed, size - 1).status().code(),
              absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(Decompressed(GetParam(), compressed, 0).status().code(),
              absl::StatusCode::kResourceExhausted);
  }
}

TEST_P(CompressionTest, ABombStopsAtTheLimit) {
  std::string bomb = Compress(GetParam(), std::string(4 << 20, '\0'));
  std::string bombs;
  for (int i = 0; i < 8; ++i) bombs += bomb;
  const absl::Status status = Decompressed(GetParam(), bombs, 1 << 20).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(absl::StrContains(status.message(), "limit of 1048576 bytes")) << status;
}

TEST_P(CompressionTest, EveryCutIsDataLoss) {
  const std::string bytes = Noise(1000);
  const std::string compressed = Compress(GetParam(), bytes);
  for (size_t size = 0; size < compressed.size(); ++size) {
    const absl::StatusOr<std::string> found =
        Decompressed(GetParam(), absl::string_view(compressed).substr(0, size));
    // Snappy's framing may end after its header, or after any block.
    if (GetParam() == Codec::kSnappy && size == 16) {
      EXPECT_EQ(*found, "");
      continue;
    }
    EXPECT_EQ(found.status().code(), absl::StatusCode::kDataLoss) << size;
  }
}

TEST_P(CompressionTest, GarbageBehindAStreamIsDataLoss) {
  const std::string compressed = Compress(GetParam(), Text(100));
  EXPECT_EQ(Decompressed(GetParam(), compressed + "garbage").status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_P(CompressionTest, ForeignBytesAreRefused) {
  for (const std::string& bytes : {std::string(), std::string(1, '\xff'), std::string(500, '\0'),
                                   std::string(500, '\xff'), Noise(500)}) {
    EXPECT_EQ(Decompressed(GetParam(), bytes).status().code(), absl::StatusCode::kDataLoss)
        << bytes.size();
  }
}

TEST_P(CompressionTest, FlippedBitsNeitherCrashNorPassTheLimit) {
  const std::string compressed = Compress(GetParam(), Text(2000));
  for (size_t bit = 0; bit < 8 * compressed.size(); ++bit) {
    std::string flipped = compressed;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const absl::StatusOr<std::string> found = Decompressed(GetParam(), flipped, 10000);
    EXPECT_TRUE(!found.ok() || found->size() <= 10000u) << bit;
  }
}

TEST(Gzip, HasAGzipHeader) { EXPECT_EQ(Compress(Codec::kGzip, "x").substr(0, 3), "\x1f\x8b\x08"); }

TEST(Lz4, HasTheFrameThatKafkaWrites) {
  // Magic; version 1 with independent blocks and no checksums; blocks of 64 KiB; header checksum.
  EXPECT_EQ(Compress(Codec::kLz4, "x").substr(0, 7), std::string("\x04\x22\x4d\x18\x60\x40\x82"));
}

TEST(Zstd, HasAFrame) { EXPECT_EQ(Compress(Codec::kZstd, "x").substr(0, 4), "\x28\xb5\x2f\xfd"); }

TEST(Zstd, AClaimOfAHugeContentIsRefusedUnread) {
  // A frame header that claims 2^62 bytes, and one empty block.
  const std::string frame("\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x00\x00\x00\x00\x40\x01\x00\x00", 16);
  EXPECT_EQ(Decompressed(Codec::kZstd, frame).status().code(), absl::StatusCode::kDataLoss);
}

TEST(Zstd, AClaimOfAHugeWindowCostsNoMemory) {
  // No content size; a window of 2 GiB, the largest that zstd knows; one last raw block.
  const std::string frame("\x28\xb5\x2f\xfd\x00\xa8\x11\x00\x00hi", 11);
  const absl::StatusOr<std::string> found = Decompressed(Codec::kZstd, frame, 2);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, "hi");
}

TEST(Zstd, AClaimOfAWindowBeyondZstdsOwnLimitIsDataLoss) {
  const std::string frame("\x28\xb5\x2f\xfd\x00\xf8\x11\x00\x00hi", 11);
  EXPECT_EQ(Decompressed(Codec::kZstd, frame).status().code(), absl::StatusCode::kDataLoss);
}

TEST(Zstd, AFrameWithoutContentSizeIsRead) {
  // 2000 times 'a', in two blocks of one repeated byte.
  const std::string frame("\x28\xb5\x2f\xfd\x00\x00\x42\x1f\x00\x61\x43\x1f\x00\x61", 14);
  const absl::StatusOr<std::string> found = Decompressed(Codec::kZstd, frame);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, std::string(2 * 1000, 'a'));
  EXPECT_EQ(Decompressed(Codec::kZstd, frame, 1999).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(Snappy, HasTheFramingThatTheJavaClientWrites) {
  const std::string compressed = Compress(Codec::kSnappy, std::string(40000, 'x'));
  EXPECT_EQ(compressed.substr(0, 16), std::string("\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16));
  // The first block decompresses to 32 KiB: its own size, as a varint, comes first.
  EXPECT_EQ(compressed.substr(20, 3), std::string("\x80\x80\x02"));
}

TEST(Snappy, ABlockWithoutFramingIsRead) {
  const std::string raw("\x05\x10hello", 7);
  const absl::StatusOr<std::string> found = Decompressed(Codec::kSnappy, raw);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, "hello");
}

TEST(Snappy, DamagedFramingIsDataLossAndSaysWhy) {
  const std::string header("\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16);
  const std::string block("\x05\x10hello", 7);
  const struct {
    std::string bytes;
    absl::string_view why;
  } kCases[] = {
      {header.substr(0, 12), "header is cut short"},
      {std::string("\x82SNAPPY\0\0\0\0\0\0\0\0\1", 16), "xerial version 0"},
      {header + std::string("\0\0", 2), "cut short"},
      {header + std::string("\0\0\0\x08", 4) + block, "cut short"},
      {header + std::string("\xff\xff\xff\xff", 4) + block, "size -1"},
      {header + std::string("\0\0\0\0", 4), "size 0"},
      {header + std::string("\0\0\0\x06", 4) + block.substr(0, 6), "6 bytes is damaged"},
      {header + std::string("\0\0\0\x01\xff", 5), "does not start with its size"},
      {header + std::string("\0\0\0\x05\xff\xff\xff\xff\x0f", 9),
       "cannot decompress to 4294967295"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = Decompressed(Codec::kSnappy, test.bytes).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(absl::StrContains(status.message(), test.why)) << status;
  }
}

}  // namespace
}  // namespace tidemark
