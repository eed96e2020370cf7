#include "api/cli/table.h"

#include "gtest/gtest.h"

namespace tidemark {
namespace {

TEST(Table, AlignsTextToTheLeftAndNumbersToTheRight) {
  EXPECT_EQ(FormatTable({{"TOPIC", "SIZE", "ID"}, {"a", "5", "x"}, {"orders", "12345", "yz"}}),
            "TOPIC   SIZE   ID\n"
            "a           5  x\n"
            "orders  12345  yz\n");
}

TEST(Table, IsEmptyWithoutRows) { EXPECT_EQ(FormatTable({}), ""); }

}  // namespace
}  // namespace tidemark
