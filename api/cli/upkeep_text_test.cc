// Goal: what retention and compaction did is told whole, and what they did not do is not told in
// the text.

#include "api/cli/upkeep_text.h"

#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

std::vector<RetentionOutcome> Retained() {
  std::vector<RetentionOutcome> outcomes(2);
  outcomes[0].topic_partition = {"a", PartitionId(0)};
  outcomes[1].topic_partition = {"a", PartitionId(1)};
  outcomes[1].old_start = Offset(5);
  outcomes[1].new_start = Offset(9);
  outcomes[1].removed_segments = 1;
  outcomes[1].removed_bytes = 700;
  outcomes[1].reason = RetentionReason::kSize;
  outcomes[1].status = absl::UnavailableError("disk");
  return outcomes;
}

TEST(UpkeepText, TellsWhatRetentionRemoved) {
  EXPECT_EQ(FormatRetention(Retained(), OutputFormat::kText),
            "TOPIC  PARTITION  OLD_START  START  SEGMENTS  BYTES  REASON\n"
            "a              1          5      9         1    700  size\n"
            "2 partitions: 1 segment and 700 bytes removed\n");
  EXPECT_EQ(FormatRetention({}, OutputFormat::kText),
            "0 partitions: 0 segments and 0 bytes removed\n");
  EXPECT_EQ(FormatRetention(Retained(), OutputFormat::kJson),
            R"({"topic":"a","partition":0,"old_start_offset":0,"start_offset":0,)"
            R"("removed_segments":0,"removed_bytes":0,"reason":null,"error":null})"
            "\n"
            R"({"topic":"a","partition":1,"old_start_offset":5,"start_offset":9,)"
            R"("removed_segments":1,"removed_bytes":700,"reason":"size","error":"disk"})"
            "\n");
}

TEST(UpkeepText, NamesEveryReason) {
  for (const auto& [reason, name] : {std::pair(RetentionReason::kLogStart, "log_start"),
                                     std::pair(RetentionReason::kConsumed, "consumed"),
                                     std::pair(RetentionReason::kTime, "time")}) {
    std::vector<RetentionOutcome> outcomes = Retained();
    outcomes[1].reason = reason;
    EXPECT_NE(FormatRetention(outcomes, OutputFormat::kText).find(name), std::string::npos);
  }
}

TEST(UpkeepText, TellsWhatCompactionSaved) {
  std::vector<CompactionOutcome> outcomes(2);
  outcomes[0].topic_partition = {"a", PartitionId(0)};
  CompactionOutcome& outcome = outcomes[1];
  outcome.topic_partition = {"b", PartitionId(3)};
  outcome.first_dirty = Offset(10);
  outcome.cleaned_until = Offset(90);
  outcome.pass_count = 2;
  outcome.segments_before = 4;
  outcome.segments_after = 1;
  outcome.bytes_before = 1000;
  outcome.bytes_after = 300;
  outcome.records_before = 50;
  outcome.records_after = 9;
  outcome.keyless_records = 1;
  outcome.took = absl::Milliseconds(12);
  EXPECT_EQ(FormatCompaction(outcomes, OutputFormat::kText),
            "TOPIC  PARTITION  FROM  UNTIL  PASSES  SEGMENTS  BYTES      RECORDS\n"
            "b              3    10     90       2  4->1      1000->300  50->9\n"
            "2 partitions: 41 records removed, 700 bytes saved\n");
  outcomes.erase(outcomes.begin());
  EXPECT_EQ(FormatCompaction(outcomes, OutputFormat::kJson),
            R"({"topic":"b","partition":3,"first_dirty_offset":10,"cleaned_until_offset":90,)"
            R"("passes":2,"segments_before":4,"segments_after":1,"bytes_before":1000,)"
            R"("bytes_after":300,"records_before":50,"records_after":9,"keyless_records":1,)"
            R"("duration_ms":12,"error":null})"
            "\n");
}

}  // namespace
}  // namespace tidemark
