#include "storage/format/producer_snapshot.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "storage/base/bytes.h"

namespace tidemark {
namespace {

// What a real broker wrote for a partition without producers.
constexpr absl::string_view kEmpty("\x00\x01\x48\x67\x4b\xc7\x00\x00\x00\x00", 10);

std::vector<ProducerSnapshotEntry> Entries() {
  ProducerSnapshotEntry idle;
  idle.producer_id = ProducerId(0x0102030405060708);
  idle.producer_epoch = ProducerEpoch(0x1112);
  idle.last_sequence = Sequence(0x21222324);
  idle.last_offset = Offset(0x3132333435363738);
  idle.last_offset_delta = 0x41424344;
  idle.last_timestamp = Timestamp(0x5152535455565758);
  idle.coordinator_epoch = 0x61626364;
  ProducerSnapshotEntry busy;
  busy.producer_id = ProducerId(7);
  busy.open_transaction_first_offset = Offset(0x7172737475767778);
  return {idle, busy};
}

TEST(ProducerSnapshot, OfNoProducersIsWhatABrokerWrites) {
  EXPECT_EQ(FormatProducerSnapshot({}), kEmpty);
  const auto entries = ParseProducerSnapshot(kEmpty);
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_TRUE(entries->empty());
}

TEST(ProducerSnapshot, PutsEachFieldInItsPlace) {
  const std::string bytes = FormatProducerSnapshot(Entries());
  ASSERT_EQ(bytes.size(), 10u + 2 * 46);
  EXPECT_EQ(absl::string_view(bytes).substr(6, 4), absl::string_view("\0\0\0\2", 4));
  EXPECT_EQ(absl::string_view(bytes).substr(10, 46),
            absl::string_view("\x01\x02\x03\x04\x05\x06\x07\x08"
                              "\x11\x12"
                              "\x21\x22\x23\x24"
                              "\x31\x32\x33\x34\x35\x36\x37\x38"
                              "\x41\x42\x43\x44"
                              "\x51\x52\x53\x54\x55\x56\x57\x58"
                              "\x61\x62\x63\x64"
                              "\xff\xff\xff\xff\xff\xff\xff\xff",
                              46));
  EXPECT_EQ(absl::string_view(bytes).substr(94), "\x71\x72\x73\x74\x75\x76\x77\x78");
}

TEST(ProducerSnapshot, ReadsBackWhatItWrites) {
  const auto entries = ParseProducerSnapshot(FormatProducerSnapshot(Entries()));
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ(*entries, Entries());
}

TEST(ProducerSnapshot, DetectsEveryFlippedBitAndEveryCut) {
  const std::string bytes = FormatProducerSnapshot(Entries());
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(ParseProducerSnapshot(flipped).status().code(), absl::StatusCode::kDataLoss) << bit;
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseProducerSnapshot(absl::string_view(bytes).substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(ParseProducerSnapshot(bytes + std::string(46, '\0')).ok());
}

TEST(ProducerSnapshot, SaysWhatItExpectedAndFound) {
  EXPECT_TRUE(absl::StrContains(ParseProducerSnapshot("abc").status().message(), "3 bytes"));
  std::string version_2(kEmpty);
  version_2[1] = 2;
  EXPECT_TRUE(absl::StrContains(ParseProducerSnapshot(version_2).status().message(),
                                "version 2, expected 1"));
  std::string bad_crc(kEmpty);
  bad_crc[2] = 0;
  EXPECT_TRUE(absl::StrContains(ParseProducerSnapshot(bad_crc).status().message(),
                                "its CRC is 00674bc7, but its bytes sum to 48674bc7"));
}

TEST(ProducerSnapshot, RefusesACountThatItsCrcCoversButItsSizeDoesNot) {
  // Sums of the four count bytes, made elsewhere.
  const absl::string_view kOneEntry("\x00\x01\xba\x0c\xc8\xc4\x00\x00\x00\x01", 10);
  const absl::string_view kMinusOne("\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff", 10);
  for (absl::string_view bytes : {kOneEntry, kMinusOne}) {
    const absl::Status status = ParseProducerSnapshot(bytes).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(absl::StrContains(status.message(), "do not make 0 bytes")) << status;
  }
}

}  // namespace
}  // namespace tidemark
