#include "api/cli/record_format.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

std::string Print(absl::string_view format, const Record& record) {
  RecordBatchOptions options;
  options.base_offset = Offset{41};
  RecordBatchBuilder builder(options);
  EXPECT_TRUE(builder.Add(record).ok());
  const absl::Span<char> bytes = builder.Finish().value();
  RecordReader reader =
      RecordReader::Open(RecordBatchView::Parse({bytes.data(), bytes.size()}).value()).value();
  RecordView view;
  EXPECT_TRUE(reader.Next(&view).value());
  std::string text;
  RecordFormat::Parse(format).value().Print({"orders", PartitionId{7}}, view, &text);
  return text;
}

TEST(RecordFormat, PrintsEachFieldOfARecord) {
  const RecordHeader headers[] = {{"a", "1"}, {"b", absl::nullopt}, {"", ""}};
  const Record record = {.key = "k", .value = "v", .headers = headers, .timestamp = Timestamp{99}};
  EXPECT_EQ(Print("%t %p %o %T %k %v %h", record), "orders 7 41 99 k v a=1,b=,=");
}

TEST(RecordFormat, PrintsTextAndEscapesAroundFields) {
  EXPECT_EQ(Print("a%%b\\n\\t\\\\%v%v.", {.value = "x"}), "a%b\n\t\\xx.");
  EXPECT_EQ(Print("", {.value = "x"}), "");
}

TEST(RecordFormat, PrintsBytesAsTheyAreAndNothingForAbsentOnes) {
  const std::string bytes("\0\xff\n%v", 5);
  EXPECT_EQ(Print("[%k][%v][%h]", {.value = bytes}), "[][" + bytes + "][]");
  EXPECT_EQ(Print("[%k][%v]", {.key = "k"}), "[k][]");
}

TEST(RecordFormat, RefusesWhatItDoesNotKnowWithThePosition) {
  for (const auto& [format, position] : std::vector<std::pair<std::string, std::string>>{
           {"ab%x", "character 3"}, {"%", "character 1"}, {"\\x", "character 1"}, {"%v\\", "3"}}) {
    const absl::Status status = RecordFormat::Parse(format).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << format;
    EXPECT_TRUE(absl::StrContains(status.message(), position)) << status;
  }
}

TEST(Unescape, ReplacesTabsNewlinesAndBackslashes) {
  EXPECT_EQ(Unescape("a\\tb\\nc\\\\d%v").value(), "a\tb\nc\\d%v");
  EXPECT_TRUE(absl::IsInvalidArgument(Unescape("\\q").status()));
}

}  // namespace
}  // namespace tidemark
