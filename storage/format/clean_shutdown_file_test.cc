#include "storage/format/clean_shutdown_file.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(CleanShutdownFile, HoldsExactlyKafkasTextForNoEpoch) {
  EXPECT_EQ(kCleanShutdownText, "{\"version\":0,\"brokerEpoch\":-1}");
  EXPECT_EQ(ParseCleanShutdownBrokerEpoch(kCleanShutdownText), kNoBrokerEpoch);
}

TEST(CleanShutdownFile, ReadsAnEpochInAnySpacing) {
  EXPECT_EQ(ParseCleanShutdownBrokerEpoch("{\"version\":0,\"brokerEpoch\":42}"), 42);
  EXPECT_EQ(ParseCleanShutdownBrokerEpoch("{ \"brokerEpoch\" :\r\n 7 , \"version\" : 0 }\n"), 7);
}

TEST(CleanShutdownFile, TakesWhatItCannotReadAsAnUnknownEpoch) {
  for (absl::string_view text :
       {"", "{}", "{\"brokerEpoch\"}", "{\"brokerEpoch\":}", "{\"brokerEpoch\":\"7\"}",
        "{\"brokerEpoch\":99999999999999999999}", "{\"brokerEpoch\":4-2}"}) {
    EXPECT_EQ(ParseCleanShutdownBrokerEpoch(text), kNoBrokerEpoch) << text;
  }
}

}  // namespace
}  // namespace tidemark
