#include "storage/format/index_entry.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/string_view.h"

namespace tidemark {
namespace {

template <typename Entry>
std::string Encode(const Entry& entry) {
  std::string bytes(static_cast<size_t>(Entry::kBytes), '?');
  entry.Encode(bytes.data());
  EXPECT_EQ(Entry::Decode(bytes.data()), entry);
  return bytes;
}

TEST(OffsetIndexEntry, HasKafkasBytesAndReadsThemBack) {
  EXPECT_EQ(Encode(OffsetIndexEntry{RelativeOffset(0x01020304), FilePosition(0x7fffffff)}),
            "\x01\x02\x03\x04\x7f\xff\xff\xff");
}

TEST(TimeIndexEntry, HasKafkasBytesAndReadsThemBack) {
  EXPECT_EQ(Encode(TimeIndexEntry{Timestamp(0x0102030405060708), RelativeOffset(0x11121314)}),
            "\x01\x02\x03\x04\x05\x06\x07\x08\x11\x12\x13\x14");
}

TEST(TransactionIndexEntry, HasKafkasBytesAndReadsThemBack) {
  TransactionIndexEntry entry;
  entry.producer_id = ProducerId(0x0102030405060708);
  entry.first_offset = Offset(0x1112131415161718);
  entry.last_offset = Offset(0x2122232425262728);
  entry.last_stable_offset = Offset(0x3132333435363738);
  EXPECT_EQ(Encode(entry), absl::string_view("\x00\x00"
                                             "\x01\x02\x03\x04\x05\x06\x07\x08"
                                             "\x11\x12\x13\x14\x15\x16\x17\x18"
                                             "\x21\x22\x23\x24\x25\x26\x27\x28"
                                             "\x31\x32\x33\x34\x35\x36\x37\x38",
                                             34));
}

}  // namespace
}  // namespace tidemark
