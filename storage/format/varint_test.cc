#include "storage/format/varint.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace tidemark {
namespace {

std::string EncodeVarint(int32_t value) {
  char bytes[kVarintBytesMax];
  return std::string(bytes, WriteVarint(value, bytes));
}

std::string EncodeVarlong(int64_t value) {
  char bytes[kVarlongBytesMax];
  return std::string(bytes, WriteVarlong(value, bytes));
}

// Every power of two and its neighbours, of both signs: all lengths and all their edges.
std::vector<int64_t> Edges(int bits) {
  std::vector<int64_t> edges = {0};
  for (int shift = 0; shift < bits - 1; ++shift) {
    const int64_t power = int64_t{1} << shift;
    for (int64_t value : {power - 1, power, power + 1}) {
      edges.push_back(value);
      edges.push_back(-value);
    }
  }
  edges.push_back(bits == 32 ? INT32_MIN : INT64_MIN);
  edges.push_back(bits == 32 ? INT32_MAX : INT64_MAX);
  return edges;
}

TEST(Varint, WritesWhatTheFormatDefines) {
  EXPECT_EQ(EncodeVarint(0), std::string(1, '\0'));
  EXPECT_EQ(EncodeVarint(-1), "\x01");
  EXPECT_EQ(EncodeVarint(63), "\x7e");
  EXPECT_EQ(EncodeVarint(-65), "\x81\x01");
  EXPECT_EQ(EncodeVarint(8192), "\x80\x80\x01");
  EXPECT_EQ(EncodeVarint(INT32_MIN), "\xff\xff\xff\xff\x0f");
  EXPECT_EQ(EncodeVarlong(INT64_MIN), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

TEST(Varint, ReadsBackEveryEdgeAndKnowsItsSize) {
  for (int64_t edge : Edges(32)) {
    const int32_t value = static_cast<int32_t>(edge);
    const std::string bytes = EncodeVarint(value);
    EXPECT_EQ(VarintSize(value), static_cast<int>(bytes.size())) << value;
    const std::string followed = bytes + "x";
    for (absl::string_view rest : {absl::string_view(bytes), absl::string_view(followed)}) {
      const size_t left = rest.size() - bytes.size();
      int32_t found = 0;
      ASSERT_TRUE(TakeVarint(&rest, &found)) << value;
      EXPECT_EQ(found, value);
      EXPECT_EQ(rest.size(), left);
    }
  }
}

TEST(Varlong, ReadsBackEveryEdgeAndKnowsItsSize) {
  for (int64_t value : Edges(64)) {
    const std::string bytes = EncodeVarlong(value);
    EXPECT_EQ(VarlongSize(value), static_cast<int>(bytes.size())) << value;
    absl::string_view rest = bytes;
    int64_t found = 0;
    ASSERT_TRUE(TakeVarlong(&rest, &found)) << value;
    EXPECT_EQ(found, value);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(UnsignedVarint, ReadsBackItsExtremes) {
  for (uint32_t value : {uint32_t{0}, uint32_t{127}, uint32_t{128}, UINT32_MAX}) {
    char bytes[kVarintBytesMax];
    absl::string_view rest(bytes, static_cast<size_t>(WriteUnsignedVarint(value, bytes) - bytes));
    EXPECT_EQ(UnsignedVarintSize(value), static_cast<int>(rest.size()));
    uint32_t found = 0;
    ASSERT_TRUE(TakeUnsignedVarint(&rest, &found));
    EXPECT_EQ(found, value);
  }
}

TEST(Varint, RefusesEveryCutAndKeepsItsPlace) {
  for (int64_t value : Edges(64)) {
    const std::string bytes = EncodeVarlong(value);
    for (size_t size = 0; size < bytes.size(); ++size) {
      absl::string_view rest = absl::string_view(bytes).substr(0, size);
      int64_t found = 42;
      EXPECT_FALSE(TakeVarlong(&rest, &found)) << value << " cut to " << size;
      EXPECT_EQ(found, 42);
      EXPECT_EQ(rest.size(), size);
    }
  }
}

TEST(Varint, RefusesMoreThanFiveBytesOr32Bits) {
  for (absl::string_view bytes :
       {absl::string_view("\x80\x80\x80\x80\x80\x00", 6),
        absl::string_view("\xff\xff\xff\xff\xff\x0f"), absl::string_view("\xff\xff\xff\xff\x10"),
        absl::string_view("\xff\xff\xff\xff\x7f")}) {
    absl::string_view rest = bytes;
    int32_t found = 42;
    EXPECT_FALSE(TakeVarint(&rest, &found));
    EXPECT_EQ(rest, bytes);
    EXPECT_EQ(found, 42);
  }
}

TEST(Varlong, RefusesMoreThanTenBytesOr64Bits) {
  const std::string nine(9, '\xff');
  for (const std::string& bytes :
       {nine + '\x02', nine + '\x7f', nine + "\xff\x01", nine + '\xff'}) {
    absl::string_view rest = bytes;
    int64_t found = 42;
    EXPECT_FALSE(TakeVarlong(&rest, &found));
    EXPECT_EQ(rest, bytes);
    EXPECT_EQ(found, 42);
  }
}

TEST(Varint, AcceptsPaddingWithinItsLengthAsKafkaDoes) {
  for (size_t padding = 1; padding < 5; ++padding) {
    std::string bytes = "\x82" + std::string(padding, '\x80');
    bytes.back() = '\0';
    absl::string_view rest = bytes;
    int32_t found = 0;
    ASSERT_TRUE(TakeVarint(&rest, &found)) << padding;
    EXPECT_EQ(found, 1);
    EXPECT_TRUE(rest.empty());
  }
}

}  // namespace
}  // namespace tidemark
