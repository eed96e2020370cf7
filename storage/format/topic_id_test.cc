#include "storage/format/topic_id.h"

#include <gtest/gtest.h>

#include <string>

namespace tidemark {
namespace {

TopicId Rising() {
  TopicId id;
  for (size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<uint8_t>(i * 17);
  return id;
}

TEST(TopicId, HasKafkasTextForm) {
  EXPECT_EQ(FormatTopicId(Rising()), "ABEiM0RVZneImaq7zN3u_w");
  TopicId one;
  one.bytes[15] = 1;
  EXPECT_EQ(FormatTopicId(one), "AAAAAAAAAAAAAAAAAAAAAQ");
}

TEST(TopicId, ReadsBackWhatItWrites) {
  const absl::StatusOr<TopicId> id = ParseTopicId("ABEiM0RVZneImaq7zN3u_w");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(*id, Rising());
}

TEST(TopicId, RefusesOtherTexts) {
  for (const std::string text :
       {"", "AAAAAAAAAAAAAAAAAAAAAA", "ABEiM0RVZneImaq7zN3u_", "ABEiM0RVZneImaq7zN3u_ww",
        "ABEiM0RVZneImaq7zN3u_w==", "ABEiM0RVZneImaq7zN3u_x", "ABEiM0RVZneImaq7zN3u/w",
        " ABEiM0RVZneImaq7zN3u_w", "ABEiM0RVZneImaq7zN3u_w\n", "ABEiM0RVZneImaq7zN3u*w"}) {
    EXPECT_EQ(ParseTopicId(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace tidemark
