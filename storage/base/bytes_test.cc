#include "storage/base/bytes.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/string_view.h"

namespace tidemark {
namespace {

TEST(BigEndian, LoadsAndStoresEveryWidthAtAnyAlignment) {
  const std::string bytes("?\x81\x02\x03\x04\x05\x06\x07\x08", 9);
  EXPECT_EQ(LoadBigEndian<int8_t>(bytes.data() + 1), int8_t{-127});
  EXPECT_EQ(LoadBigEndian<uint16_t>(bytes.data() + 1), 0x8102);
  EXPECT_EQ(LoadBigEndian<int16_t>(bytes.data() + 1), static_cast<int16_t>(0x8102));
  EXPECT_EQ(LoadBigEndian<uint32_t>(bytes.data() + 1), 0x81020304);
  EXPECT_EQ(LoadBigEndian<int64_t>(bytes.data() + 1), static_cast<int64_t>(0x8102030405060708));

  std::string out(9, '?');
  StoreBigEndian(int64_t{0x0102030405060708}, out.data() + 1);
  EXPECT_EQ(out, absl::string_view("?\x01\x02\x03\x04\x05\x06\x07\x08"));
  StoreBigEndian(uint16_t{0xfffe}, out.data() + 2);
  EXPECT_EQ(out, absl::string_view("?\x01\xff\xfe\x04\x05\x06\x07\x08"));
}

TEST(ByteReader, TakesValuesAndTellsHowFarItIs) {
  ByteReader reader(absl::string_view("\x00\x07wxyz", 6));
  int16_t number = 0;
  absl::string_view text;
  ASSERT_TRUE(reader.Take(&number));
  EXPECT_EQ(number, 7);
  ASSERT_TRUE(reader.TakeBytes(3, &text));
  EXPECT_EQ(text, "wxy");
  EXPECT_EQ(reader.position(), 5);
  EXPECT_EQ(reader.rest(), "z");
  EXPECT_FALSE(reader.empty());
}

TEST(ByteReader, RefusesWhatDoesNotFitAndKeepsItsPlace) {
  ByteReader reader("abc");
  int32_t number = 42;
  absl::string_view text = "kept";
  EXPECT_FALSE(reader.Take(&number));
  EXPECT_FALSE(reader.TakeBytes(4, &text));
  EXPECT_FALSE(reader.TakeBytes(-1, &text));
  EXPECT_FALSE(reader.TakeBytes(INT64_MAX, &text));
  EXPECT_EQ(number, 42);
  EXPECT_EQ(text, "kept");
  EXPECT_EQ(reader.position(), 0);
  EXPECT_TRUE(reader.TakeBytes(3, &text));
  EXPECT_TRUE(reader.empty());
}

TEST(IsZeroFilled, FindsOneBitAnywhere) {
  EXPECT_TRUE(IsZeroFilled(""));
  for (size_t size = 1; size < 300; ++size) {
    std::string bytes(size, '\0');
    EXPECT_TRUE(IsZeroFilled(bytes));
    for (size_t i : {size_t{0}, size / 2, size - 1}) {
      bytes[i] = 1;
      EXPECT_FALSE(IsZeroFilled(bytes)) << i << " of " << size;
      bytes[i] = 0;
    }
  }
}

}  // namespace
}  // namespace tidemark
