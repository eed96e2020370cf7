// Goal: compaction keeps of a log exactly what Kafka's cleaner keeps, in the same batches and the
// same segments. Method: the golden log that a broker cleaned, once and again, is cleaned by us
// from the same files, as of the same moments.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/compaction/compaction_policy.h"
#include "storage/compaction/log_cleaner.h"
#include "storage/compaction/test_cleanable_log.h"
#include "storage/memory_env.h"
#include "tests/compat/broker_files.h"
#include "tests/compat/compat_files.h"

namespace tidemark {
namespace {

class CompactionGolden : public testing::Test {
 protected:
  // The settings of the topic, as jvm/make_goldens.py has them.
  CompactionGolden() {
    config.delete_retention = absl::Seconds(2);
    config.segment_bytes_max = 1600;
    config.segment_index_bytes_max = 240;
    config.index_interval_bytes = 400;
  }

  // The log as the broker left it in this state: "stopped", "cleaned", ...
  void Load(const std::string& state) {
    const std::string prefix = absl::StrCat(state, "/compacted-0/");
    for (const Json& entry : ReadCompatJson("golden/broker/MANIFEST.json")) {
      const std::string path = entry["file"];
      if (!absl::StartsWith(path, prefix)) continue;
      const std::string name(absl::StripPrefix(path, prefix));
      const auto file = file_system.Open("/data/t-0/" + name, OpenMode::kCreate);
      ASSERT_TRUE(file.ok()) << file.status();
      ASSERT_TRUE((*file)->Write(0, ReadBrokerFile(path)).ok());
    }
    const absl::Status loaded = log.Load();
    ASSERT_TRUE(loaded.ok()) << loaded;
  }

  void Clean(Timestamp now) {
    CompactionInput input;
    input.log_start = log.state.log_start;
    input.log_end = log.state.log_end;
    input.last_stable = log.state.last_stable;
    input.segments = log.state.segments;
    const CompactionPlan plan = PlanCompaction(input, config, now);
    absl::StatusOr<KeyOffsetMap> map =
        KeyOffsetMap::Create(1000 * KeyOffsetMap::kSlotBytes, 1.0, &random);
    ASSERT_TRUE(map.ok()) << map.status();
    LogCleaner cleaner(&file_system, *std::move(map), {&throttle, check});
    CleaningPass pass;
    const absl::Status cleaned = cleaner.CleanOnce(&log, log.state, plan, config, now, &pass);
    ASSERT_TRUE(cleaned.ok()) << cleaned;
  }

  // Compares the segments, and each batch, with what the broker had in this state.
  void ExpectAsIn(const std::string& state) {
    const std::string prefix = absl::StrCat(state, "/compacted-0/");
    std::vector<int64_t> base_offsets;
    const Json expected = BrokerExpected();
    for (const auto& [path, wanted] : expected.items()) {
      if (!absl::StartsWith(path, prefix) || !absl::EndsWith(path, ".log")) continue;
      SCOPED_TRACE(path);
      base_offsets.push_back(std::stoll(std::string(absl::StripPrefix(path, prefix))));
      const std::string bytes = log.SegmentBytes(base_offsets.back());
      const absl::StatusOr<BatchesRead> read = ReadBatches(bytes);
      ASSERT_TRUE(read.ok()) << read.status();
      ASSERT_EQ(read->batches.size(), wanted["batches"].size());
      for (size_t i = 0; i < read->batches.size(); ++i) {
        Json row = wanted["batches"][i];
        Json found = DumpRow(bytes, read->batches[i]);
        row.erase("lastSequence");
        // Another library packs the same records into other bytes.
        if (row["compresscodec"] != "none") {
          for (const char* field : {"position", "size", "crc"}) row[field] = found[field];
        }
        EXPECT_EQ(found, row);
      }
    }
    EXPECT_EQ(log.BaseOffsets(), base_offsets);
  }

  MemoryFileSystem file_system;
  ManualClock clock;
  SeededRandom random{3};
  IoThrottle throttle{&clock, IoThrottle::kUnlimited, [](absl::Duration) {}};
  std::function<absl::Status()> check = [] { return absl::OkStatus(); };
  CompactionConfig config;
  TestCleanableLog log{&file_system};
};

TEST_F(CompactionGolden, KeepsWhatKafkaKeepsOfADirtyLog) {
  Load("stopped");
  // The broker cleaned 2 s before the horizon that it gave to a tombstone.
  const Json expected = BrokerExpected();
  const Json& batches = expected["cleaned/compacted-0/00000000000000000092.log"]["batches"];
  Clean(Timestamp(batches[0]["deleteHorizonMs"].get<int64_t>() - 2000));
  ExpectAsIn("cleaned");
}

TEST_F(CompactionGolden, FinishesASwapThatKafkaBegan) {
  Load("interrupted-swap");
  ExpectAsIn("cleaned");
}

TEST_F(CompactionGolden, DropsCleanedSegmentsThatKafkaHadNotBegunToSwap) {
  Load("interrupted-cleaned");
  ExpectAsIn("stopped");
}

}  // namespace
}  // namespace tidemark
