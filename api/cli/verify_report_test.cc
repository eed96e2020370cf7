#include "api/cli/verify_report.h"

#include "gtest/gtest.h"

namespace tidemark {
namespace {

Finding MakeFinding() {
  Finding finding;
  finding.severity = Severity::kDamage;
  finding.topic_partition = TopicPartition{"t", PartitionId(3)};
  finding.file = "d/t-3/00000000000000000000.log";
  finding.position = FilePosition(61);
  finding.offset = Offset(7);
  finding.message = "bad";
  return finding;
}

TEST(VerifyReport, NamesPartitionFilePositionAndOffset) {
  EXPECT_EQ(FormatFinding(MakeFinding(), OutputFormat::kText),
            "damage: t-3: d/t-3/00000000000000000000.log: position 61, offset 7: bad\n");
  EXPECT_EQ(FormatFinding(MakeFinding(), OutputFormat::kJson),
            R"({"severity":"damage","topic":"t","partition":3,)"
            R"("file":"d/t-3/00000000000000000000.log","position":61,"offset":7,"message":"bad"})"
            "\n");
}

TEST(VerifyReport, LeavesOutWhatIsNotKnown) {
  Finding finding;
  finding.file = "d/x";
  finding.message = "unknown";
  EXPECT_EQ(FormatFinding(finding, OutputFormat::kText), "note: d/x: unknown\n");
  EXPECT_EQ(FormatFinding(finding, OutputFormat::kJson),
            R"({"severity":"note","topic":null,"partition":null,"file":"d/x","position":null,)"
            R"("offset":null,"message":"unknown"})"
            "\n");
  finding.offset = Offset(4);
  EXPECT_EQ(FormatFinding(finding, OutputFormat::kText), "note: d/x: offset 4: unknown\n");
}

TEST(VerifyReport, SumsUp) {
  VerifyTotals totals;
  totals.partition_count = 1;
  totals.segment_count = 2;
  totals.batch_count = 3;
  totals.record_count = 4;
  totals.bytes = 5;
  EXPECT_EQ(FormatTotals(totals, OutputFormat::kText),
            "checked 1 partition, 2 segments, 3 batches, 4 records, 5 bytes: no damage, 0 notes\n");
  totals.damage_count = 1;
  totals.note_count = 1;
  EXPECT_EQ(
      FormatTotals(totals, OutputFormat::kText),
      "checked 1 partition, 2 segments, 3 batches, 4 records, 5 bytes: 1 place with damage, 1 "
      "note\n");
  EXPECT_EQ(
      FormatTotals(totals, OutputFormat::kJson),
      R"({"partitions":1,"segments":2,"batches":3,"records":4,"bytes":5,"damage":1,"notes":1})"
      "\n");
}

}  // namespace
}  // namespace tidemark
