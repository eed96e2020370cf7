#include "storage/index/index_file.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/base/limits.h"
#include "storage/format/index_entry.h"
#include "storage/index/index_cache.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

class IndexFileTest : public ::testing::Test {
 protected:
  IndexFileTest() : index_(Offset(0), 50) {
    for (int i = 0; i < 20; ++i) {
      index_.Add({Offset(i), FilePosition(100 * i), 100, Timestamp(1000 + i)});
    }
    index_.CompleteTimeIndex();
    EXPECT_TRUE(StoreIndexFiles(&file_system_, paths_, index_).ok());
  }

  absl::Status Load(SegmentIndex* index, int64_t log_size_bytes = 2000) {
    return LoadIndexFiles(&file_system_, paths_, log_size_bytes, index);
  }
  absl::Status LoadAnew() {
    SegmentIndex index(Offset(0), 50);
    return Load(&index);
  }
  void Overwrite(const std::string& path, int64_t position, const std::string& bytes) {
    ASSERT_TRUE((*file_system_.Open(path, OpenMode::kReadWrite))->Write(position, bytes).ok());
  }
  void Resize(const std::string& path, int64_t change) {
    const std::unique_ptr<File> file = *file_system_.Open(path, OpenMode::kReadWrite);
    ASSERT_TRUE(file->Truncate(*file->Size() + change).ok());
  }

  MemoryFileSystem file_system_;
  const IndexPaths paths_{"/0.index", "/0.timeindex"};
  SegmentIndex index_;
};

TEST_F(IndexFileTest, ComesBackAsItWasStored) {
  SegmentIndex loaded(Offset(0), 50);
  ASSERT_TRUE(Load(&loaded).ok());
  EXPECT_TRUE(loaded == index_);
  EXPECT_EQ(loaded.max_timestamp().timestamp, Timestamp(1019));
  EXPECT_EQ(file_system_.Stat("/0.index")->size_bytes, 19 * 8);
}

TEST_F(IndexFileTest, ReplacesALongerFile) {
  SegmentIndex shorter(Offset(0), 50);
  shorter.Add({Offset(0), FilePosition(0), 100, Timestamp(1)});
  shorter.CompleteTimeIndex();
  ASSERT_TRUE(StoreIndexFiles(&file_system_, paths_, shorter).ok());
  SegmentIndex loaded(Offset(0), 50);
  ASSERT_TRUE(Load(&loaded).ok());
  EXPECT_TRUE(loaded == shorter);
}

TEST_F(IndexFileTest, TakesZerosAtTheEndForSpaceThatAWriterLeft) {
  Resize("/0.index", 4096);
  Resize("/0.timeindex", 4000);
  SegmentIndex loaded(Offset(0), 50);
  ASSERT_TRUE(Load(&loaded).ok());
  EXPECT_TRUE(loaded == index_);
}

TEST_F(IndexFileTest, RefusesEntriesThatCannotBeThisLogs) {
  EXPECT_TRUE(absl::IsDataLoss(LoadIndexFiles(&file_system_, paths_, 1500, &index_)))
      << "behind the end of the log";
  Overwrite("/0.index", 8, std::string(4, '\x7f'));
  const absl::Status falling = LoadAnew();
  EXPECT_TRUE(absl::IsDataLoss(falling)) << falling;
  EXPECT_NE(falling.message().find("/0.index: entry 2 does not rise"), std::string::npos)
      << falling;
}

TEST_F(IndexFileTest, RefusesMoreEntriesThanTheLogCanHaveBatches) {
  for (const int64_t batches : {18, 19}) {
    // A batch has 61 bytes at least.
    SegmentIndex crowded(Offset(0), 50);
    for (int i = 0; i < batches; ++i) {
      crowded.RestoreOffsetEntry({RelativeOffset(i), FilePosition(i + 1)});
    }
    crowded.RestoreTimeEntry({Timestamp(1), RelativeOffset(0)});
    ASSERT_TRUE(StoreIndexFiles(&file_system_, paths_, crowded).ok());
    SegmentIndex loaded(Offset(0), 50);
    EXPECT_EQ(Load(&loaded, 18 * 61 + 60).ok(), batches == 18);
  }
}

// An offset index of any size whose every entry is good, as nobody could keep in memory.
class EndlessIndex : public File {
 public:
  explicit EndlessIndex(int64_t size_bytes) : size_bytes_(size_bytes) {}

  absl::StatusOr<int64_t> Read(int64_t position, absl::Span<char> out) override {
    for (size_t at = 0; at + 8 <= out.size(); at += 8, position += 8) {
      const auto number = static_cast<int32_t>(position / 8 + 1);
      OffsetIndexEntry{RelativeOffset(number), FilePosition(number)}.Encode(out.data() + at);
    }
    return static_cast<int64_t>(out.size());
  }
  absl::StatusOr<int64_t> Size() override { return size_bytes_; }
  absl::Status Write(int64_t, absl::string_view) override { return Unused(); }
  absl::Status Truncate(int64_t) override { return Unused(); }
  absl::Status Allocate(int64_t) override { return Unused(); }
  absl::Status Sync() override { return Unused(); }
  absl::StatusOr<std::shared_ptr<MappedRegion>> Map(MapMode, int64_t) override { return Unused(); }
  absl::StatusOr<int64_t> SendTo(int, int64_t, int64_t) override { return Unused(); }

 private:
  static absl::Status Unused() { return absl::UnimplementedError("read only"); }
  const int64_t size_bytes_;
};

class EndlessIndexFileSystem : public MemoryFileSystem {
 public:
  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view, OpenMode) override {
    return std::unique_ptr<File>(std::make_unique<EndlessIndex>(size_bytes));
  }
  int64_t size_bytes = 0;
};

TEST(IndexFile, RefusesMoreEntriesThanAnySegmentCanHaveWhateverTheSizeOfItsLog) {
  EndlessIndexFileSystem file_system;
  for (const int64_t size_bytes : {int64_t{600} << 20, kIndexFileBytesMax + 1}) {
    file_system.size_bytes = size_bytes;
    SegmentIndex index(Offset(0), 50);
    const absl::Status status =
        LoadIndexFiles(&file_system, {"/0.index", "/0.timeindex"}, int64_t{1} << 40, &index);
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  }
}

TEST_F(IndexFileTest, TimestampZeroAtTheBaseOffsetIsAnEntryUnlessTheFileHasRoomForMore) {
  for (const bool has_more : {false, true}) {
    SegmentIndex index(Offset(0), 50);
    index.RestoreTimeEntry({Timestamp(0), RelativeOffset(0)});
    if (has_more) index.RestoreTimeEntry({Timestamp(5), RelativeOffset(3)});
    ASSERT_TRUE(StoreIndexFiles(&file_system_, paths_, index).ok());
    SegmentIndex loaded(Offset(0), 50);
    ASSERT_TRUE(Load(&loaded).ok());
    EXPECT_TRUE(loaded == index);
    EXPECT_EQ(loaded.max_timestamp().timestamp, Timestamp(has_more ? 5 : 0));
  }
  Overwrite("/0.timeindex", 0, std::string(24, '\0'));
  Resize("/0.timeindex", (10 << 20) - 24);
  SegmentIndex unwritten(Offset(0), 50);
  ASSERT_TRUE(Load(&unwritten).ok());
  EXPECT_EQ(unwritten.time_entry_count(), 0);
  Resize("/0.timeindex", 12 - (10 << 20));
  SegmentIndex empty_log(Offset(0), 50);
  ASSERT_TRUE(Load(&empty_log, 0).ok());
  EXPECT_EQ(empty_log.time_entry_count(), 0);
}

TEST_F(IndexFileTest, ReadsAPreallocatedFileInPieces) {
  Resize("/0.index", int64_t{100} << 20);
  Resize("/0.timeindex", int64_t{100} << 20);
  int64_t largest_read = 0;
  file_system_.SetFaultHook([&](const FileOperation& operation) {
    if (operation.kind == FileOperation::Kind::kRead) {
      largest_read = std::max(largest_read, operation.length_bytes);
    }
    return FileFault();
  });
  SegmentIndex loaded(Offset(0), 50);
  ASSERT_TRUE(Load(&loaded).ok());
  EXPECT_TRUE(loaded == index_);
  EXPECT_LE(largest_read, kScanBytes);
}

TEST_F(IndexFileTest, TellsAnEntryBehindTheZerosOfAnotherPiece) {
  Resize("/0.timeindex", int64_t{1} << 20);
  Resize("/0.timeindex", 12 * 10);
  Overwrite("/0.timeindex", 12 * 60'000, std::string(12, 'x'));
  const absl::Status status = LoadAnew();
  EXPECT_NE(status.message().find("entry 19 is zero, with other"), std::string::npos) << status;
}

TEST_F(IndexFileTest, RefusesAZeroEntryWithOthersBehindIt) {
  Overwrite("/0.timeindex", 12, std::string(12, '\0'));
  EXPECT_TRUE(absl::IsDataLoss(LoadAnew()));
}

TEST_F(IndexFileTest, RefusesAnEntryCutShort) {
  Resize("/0.timeindex", -1);
  EXPECT_TRUE(absl::IsDataLoss(LoadAnew()));
}

TEST_F(IndexFileTest, RefusesNegativeOffsetsAndFallingTimes) {
  Overwrite("/0.index", 0, "\xff\xff\xff\xf0");
  EXPECT_TRUE(absl::IsDataLoss(LoadAnew()));
  EXPECT_TRUE(StoreIndexFiles(&file_system_, paths_, index_).ok());
  Overwrite("/0.timeindex", 12, std::string(8, '\0'));
  EXPECT_TRUE(absl::IsDataLoss(LoadAnew()));
}

TEST_F(IndexFileTest, TellsAMissingFile) {
  ASSERT_TRUE(file_system_.Remove("/0.timeindex").ok());
  EXPECT_TRUE(absl::IsNotFound(LoadAnew()));
}

TEST(IndexCache, LetsTheLeastRecentlyUsedGoWhenTheyAreTooMany) {
  const auto make = [] {
    auto index = std::make_shared<SegmentIndex>(Offset(0), 0);
    for (int i = 0; i < 101; ++i) {
      index->Add({Offset(i), FilePosition(i + 1), 1, kNoTimestamp});
    }
    return index;
  };
  const int64_t bytes = make()->MemoryBytes();
  IndexCache cache(2 * bytes);
  const uint64_t a = cache.NewId();
  const uint64_t b = cache.NewId();
  const uint64_t c = cache.NewId();
  cache.Insert(a, make());
  cache.Insert(b, make());
  EXPECT_NE(cache.Find(a), nullptr);
  cache.Insert(c, make());
  EXPECT_EQ(cache.Find(b), nullptr) << "used least recently";
  EXPECT_NE(cache.Find(a), nullptr);
  EXPECT_NE(cache.Find(c), nullptr);
  EXPECT_EQ(cache.MemoryBytes(), 2 * bytes);
  cache.Erase(a);
  cache.Erase(a);
  EXPECT_EQ(cache.MemoryBytes(), bytes);
}

}  // namespace
}  // namespace tidemark
