#include "storage/engine/producer_ids_file.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "storage/engine/checked_text.h"

namespace tidemark {
namespace {

// As docs/format/producer_ids.md has it.
constexpr absl::string_view kText =
    "version: 0\nnext_producer_id: 4611686018427388904\ncrc32c: 7b251fcf\n";

TEST(ProducerIdsFile, IsTheTextThatTheFormatSays) {
  EXPECT_EQ(FormatProducerIdsFile(4611686018427388904), kText);
  EXPECT_EQ(ParseProducerIdsFile(kText).value(), 4611686018427388904);
}

TEST(ProducerIdsFile, EveryFlippedBitIsToldWithWhatToDo) {
  for (size_t bit = 0; bit < kText.size() * 8; ++bit) {
    std::string text(kText);
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    const absl::Status status = ParseProducerIdsFile(text).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << bit << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "remove it")) << status;
  }
}

TEST(ProducerIdsFile, OtherLinesAndNumbersThatCannotBeAreDamage) {
  for (const TextLine& line : {TextLine{"next_producer_id", "-1"},
                               {"next_producer_id", "9223372036854775808"},
                               {"next_id", "1"}}) {
    EXPECT_TRUE(absl::IsDataLoss(ParseProducerIdsFile(FormatCheckedText({line})).status()))
        << line.key << line.value;
  }
  EXPECT_TRUE(absl::IsDataLoss(ParseProducerIdsFile(FormatCheckedText({})).status()));
}

}  // namespace
}  // namespace tidemark
