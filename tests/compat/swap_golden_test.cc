// Goal: a swap of compacted segments that Kafka began ends as Kafka would end it. Method: two
// golden states of a broker's log, in the midst of the swap; the broker itself has loaded both.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/compaction/test_cleanable_log.h"
#include "storage/memory_env.h"
#include "tests/compat/broker_files.h"
#include "tests/compat/compat_files.h"

namespace tidemark {
namespace {

class SwapGolden : public testing::Test {
 protected:
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
        row.erase("lastSequence");
        EXPECT_EQ(DumpRow(bytes, read->batches[i]), row);
      }
    }
    EXPECT_EQ(log.BaseOffsets(), base_offsets);
  }

  MemoryFileSystem file_system;
  TestCleanableLog log{&file_system};
};

TEST_F(SwapGolden, FinishesASwapThatKafkaBegan) {
  Load("interrupted-swap");
  ExpectAsIn("cleaned");
}

TEST_F(SwapGolden, DropsCleanedSegmentsThatKafkaHadNotBegunToSwap) {
  Load("interrupted-cleaned");
  ExpectAsIn("stopped");
}

}  // namespace
}  // namespace tidemark
