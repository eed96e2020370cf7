// Directories that real brokers wrote are verified without a complaint, and dumped as an
// independent reader of the format read them.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "storage/inspect.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

constexpr char kGolden[] = "tests/compat/golden";

std::string ReadTestData(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Copies a file to the same path in memory, with the directories on the way.
void CopyIn(const std::string& path, FileSystem* file_system) {
  for (size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    file_system->CreateDirectory(path.substr(0, slash)).IgnoreError();
  }
  const absl::StatusOr<std::unique_ptr<File>> file = file_system->Open(path, OpenMode::kCreate);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE((*file)->Write(0, ReadTestData(path)).ok());
}

class GoldenInspectTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string root = absl::StrCat(kGolden, "/segments");
    for (const auto& broker : std::filesystem::directory_iterator(root)) {
      data_directories_.push_back(broker.path());
      for (const auto& entry : std::filesystem::recursive_directory_iterator(broker.path())) {
        if (!entry.is_directory()) CopyIn(entry.path(), &file_system_);
      }
    }
    ASSERT_FALSE(data_directories_.empty());
  }

  MemoryFileSystem file_system_;
  std::vector<std::string> data_directories_;
};

TEST_F(GoldenInspectTest, VerifiesWithoutDamage) {
  for (const std::string& directory : data_directories_) {
    VerifyOptions options;
    std::string damage;
    options.on_finding = [&](const Finding& finding) {
      if (finding.severity == Severity::kDamage) {
        absl::StrAppend(&damage, finding.file, ": ", finding.message, "\n");
      }
    };
    const absl::StatusOr<VerifyTotals> totals =
        VerifyDataDirectory(&file_system_, directory, options);
    ASSERT_TRUE(totals.ok()) << totals.status();
    EXPECT_EQ(damage, "");
    EXPECT_GT(totals->record_count, 0);
  }
}

TEST_F(GoldenInspectTest, DumpsTheBatchesThatAnotherReaderFound) {
  const nlohmann::json expected =
      nlohmann::json::parse(ReadTestData(absl::StrCat(kGolden, "/EXPECTED.json")))["files"];
  int checked_count = 0;
  for (const auto& [name, want] : expected.items()) {
    if (name.rfind("segments/", 0) != 0) continue;
    ++checked_count;
    nlohmann::json rows = nlohmann::json::array();
    int64_t records = 0;
    int64_t batches = 0;
    const absl::Status status =
        DumpFile(&file_system_, absl::StrCat(kGolden, "/", name), [&](const DataFileItem& item) {
          const auto* const found = std::get_if<BatchItem>(&item);
          EXPECT_NE(found, nullptr) << name;
          if (found == nullptr) return true;
          EXPECT_TRUE(found->crc.ok());
          const RecordBatchView& batch = found->batch;
          ++batches;
          records += batch.record_count();
          if (rows.size() < want["first_batches"].size()) {
            rows.push_back({found->position.value(), batch.size_bytes(),
                            batch.base_offset().value(), batch.last_offset_delta(),
                            batch.leader_epoch().value(), batch.attributes(),
                            batch.base_timestamp().value(), batch.max_timestamp().value(),
                            batch.producer_id().value(), batch.producer_epoch().value(),
                            batch.base_sequence().value(), batch.record_count()});
          }
          return true;
        });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(batches, want["batches"]) << name;
    EXPECT_EQ(records, want["records"]) << name;
    EXPECT_EQ(rows, want["first_batches"]) << name;
  }
  EXPECT_GT(checked_count, 0);
}

}  // namespace
}  // namespace tidemark
