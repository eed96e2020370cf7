#include "storage/index/transaction_index.h"

#include <string>

#include "gtest/gtest.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

constexpr absl::string_view kPath = "/d/00000000000000000100.txnindex";

TransactionIndexEntry Entry(int64_t id, int64_t first, int64_t last, int64_t stable) {
  return {.producer_id = ProducerId(id),
          .first_offset = Offset(first),
          .last_offset = Offset(last),
          .last_stable_offset = Offset(stable)};
}

AbortedTransaction Aborted(int64_t id, int64_t first) { return {ProducerId(id), Offset(first)}; }

class TransactionIndexTest : public testing::Test {
 protected:
  TransactionIndexTest() { EXPECT_TRUE(files_->CreateDirectory("/d").ok()); }

  absl::StatusOr<std::vector<TransactionIndexEntry>> Load() {
    return LoadTransactionIndex(files_, kPath, Offset(100));
  }
  absl::Status LoadBytes(const std::vector<TransactionIndexEntry>& entries,
                         absl::string_view more = "") {
    std::string bytes(entries.size() * TransactionIndexEntry::kBytes, '\0');
    for (size_t i = 0; i < entries.size(); ++i) {
      entries[i].Encode(bytes.data() + i * TransactionIndexEntry::kBytes);
    }
    bytes.append(more.data(), more.size());
    std::unique_ptr<File> file = *files_->Open(kPath, OpenMode::kCreate);
    EXPECT_TRUE(file->Truncate(0).ok());
    EXPECT_TRUE(file->Write(0, bytes).ok());
    return Load().status();
  }

  MemoryFileSystem memory_;
  FileSystem* const files_ = &memory_;
};

TEST_F(TransactionIndexTest, CollectsWhatOverlapsARange) {
  TransactionIndex index;
  index.Add(Entry(1, 90, 110, 105));
  index.Add(Entry(2, 105, 120, 108));
  index.Add(Entry(3, 108, 130, 131));
  index.Add(Entry(1, 140, 150, 151));
  std::vector<AbortedTransaction> found;
  EXPECT_TRUE(index.Collect(Offset(111), Offset(131), &found));
  EXPECT_EQ(found, (std::vector<AbortedTransaction>{Aborted(2, 105), Aborted(3, 108)}));
  found.clear();
  EXPECT_TRUE(index.Collect(Offset(100), Offset(105), &found))
      << "what is stable at the first marker ends the search";
  EXPECT_EQ(found, std::vector<AbortedTransaction>{Aborted(1, 90)});
  found.clear();
  EXPECT_FALSE(index.Collect(Offset(151), Offset(160), &found));
  EXPECT_TRUE(found.empty());
  EXPECT_TRUE(index.Collect(Offset(150), Offset(151), &found));
  EXPECT_EQ(found.size(), 1u) << "the marker's own offset overlaps";
}

TEST_F(TransactionIndexTest, IsStoredAndLoaded) {
  TransactionIndex index;
  EXPECT_TRUE(Load()->empty()) << "without a file";
  index.Add(Entry(1, 90, 110, 105));
  index.Add(Entry(2, 105, 120, 121));
  ASSERT_TRUE(StoreTransactionIndex(files_, kPath, index).ok());
  EXPECT_EQ(*Load(), (std::vector<TransactionIndexEntry>{index.entry(0), index.entry(1)}));
  TransactionIndex shorter;
  shorter.Add(Entry(1, 90, 110, 105));
  ASSERT_TRUE(StoreTransactionIndex(files_, kPath, shorter).ok());
  EXPECT_EQ(Load()->size(), 1u);
}

TEST_F(TransactionIndexTest, AFileThatCannotBeIsRefused) {
  const TransactionIndexEntry good = Entry(1, 90, 110, 105);
  EXPECT_TRUE(LoadBytes({good}).ok());
  TransactionIndexEntry newer = good;
  newer.version = 1;
  const std::vector<std::vector<TransactionIndexEntry>> bad = {
      {newer},
      {Entry(-1, 90, 110, 105)},
      {Entry(1, 111, 110, 105)},
      {Entry(1, -1, 110, 105)},
      {Entry(1, 90, 99, 105)},  // Its marker is below the segment.
      {good, good},
      {good, Entry(0, 0, 0, 0)},
  };
  for (size_t i = 0; i < bad.size(); ++i) {
    EXPECT_EQ(LoadBytes(bad[i]).code(), absl::StatusCode::kDataLoss) << i;
  }
  EXPECT_EQ(LoadBytes({good}, "torn").code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tidemark
