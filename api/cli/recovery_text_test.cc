// Goal: a recovery report says, as text and as JSON, all that was dropped, rebuilt and refused.

#include "api/cli/recovery_text.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace tidemark {
namespace {

RecoveryReport MakeReport() {
  RecoveryReport report;
  LogRecoveryReport clean;
  clean.topic_partition = {"a", PartitionId(0)};
  clean.was_clean = true;
  LogRecoveryReport cut;
  cut.topic_partition = {"a", PartitionId(1)};
  cut.scanned_bytes = 1000;
  cut.batches_kept = 1;
  cut.dropped_bytes = 50;
  cut.dropped_segments = 1;
  cut.rebuilt_files = {"x.index", "y.index"};
  cut.notes = {"why"};
  cut.duration = absl::Milliseconds(7);
  LogRecoveryReport offline;
  offline.topic_partition = {"b", PartitionId(0)};
  offline.error = absl::DataLossError("damaged");
  report.logs = {clean, cut, offline};
  report.duration = absl::Milliseconds(9);
  return report;
}

TEST(RecoveryText, TellsWhatWasNotClean) {
  EXPECT_EQ(FormatRecovery(MakeReport(), /*is_dry_run=*/false, OutputFormat::kText),
            "a-1: recovered: 1000 bytes checked, 1 batch kept, 50 bytes dropped, 1 segment "
            "dropped, rebuilt x.index y.index\n"
            "    why\n"
            "b-0: offline: 0 bytes checked, 0 batches kept, 0 bytes dropped\n"
            "    damaged\n"
            "3 partitions, 1 clean, 1 offline; 1000 bytes checked, 1 batch kept, 50 bytes and 1 "
            "segment dropped, 2 files rebuilt\n");
}

TEST(RecoveryText, SaysThatADryRunChangedNothing) {
  EXPECT_EQ(FormatRecovery({}, /*is_dry_run=*/true, OutputFormat::kText),
            "dry run, nothing was changed: 0 partitions, 0 clean, 0 offline; 0 bytes checked, 0 "
            "batches kept, 0 bytes and 0 segments dropped, 0 files rebuilt\n");
}

TEST(RecoveryText, JsonHasAnObjectForEachPartitionAndOneForAll) {
  RecoveryReport report = MakeReport();
  report.logs.erase(report.logs.begin());
  EXPECT_EQ(
      FormatRecovery(report, /*is_dry_run=*/true, OutputFormat::kJson),
      R"({"topic":"a","partition":1,"state":"recovered","error":null,"scanned_bytes":1000,)"
      R"("batches_kept":1,"dropped_bytes":50,"dropped_segments":1,)"
      R"("rebuilt_files":["x.index","y.index"],"notes":["why"],"duration_ms":7})"
      "\n"
      R"({"topic":"b","partition":0,"state":"offline","error":"damaged","scanned_bytes":0,)"
      R"("batches_kept":0,"dropped_bytes":0,"dropped_segments":0,"rebuilt_files":[],"notes":[],)"
      R"("duration_ms":0})"
      "\n"
      R"({"dry_run":true,"was_clean":false,"partitions":2,"clean":0,"offline":1,)"
      R"("scanned_bytes":1000,"batches_kept":1,"dropped_bytes":50,"dropped_segments":1,)"
      R"("rebuilt_files":2,"duration_ms":9})"
      "\n");
}

}  // namespace
}  // namespace tidemark
