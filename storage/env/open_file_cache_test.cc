// Goal: the number of open files is bounded and no stale file is served. Method: the cache over a
// file system that counts the files that are open, alone and with racing threads.

#include "storage/env/open_file_cache.h"

#include <atomic>
#include <functional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/env/forwarding_file_system.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

// Counts itself for as long as it lives.
class CountedFile : public ForwardingFile {
 public:
  CountedFile(std::unique_ptr<File> file, std::atomic<int>* open_files)
      : ForwardingFile(std::move(file)), open_files_(open_files) {
    ++*open_files_;
  }
  CountedFile(const CountedFile&) = delete;
  CountedFile& operator=(const CountedFile&) = delete;
  ~CountedFile() override { --*open_files_; }

 private:
  std::atomic<int>* const open_files_;
};

// A MemoryFileSystem whose open files are counted; `while_opening` runs after the next open.
class CountingFileSystem : public MemoryFileSystem {
 public:
  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenMode mode) override {
    absl::StatusOr<std::unique_ptr<File>> file = MemoryFileSystem::Open(path, mode);
    if (while_opening) std::exchange(while_opening, nullptr)();
    if (!file.ok()) return file;
    return std::unique_ptr<File>(std::make_unique<CountedFile>(*std::move(file), &open_files));
  }

  std::atomic<int> open_files = 0;
  std::function<void()> while_opening;
};

class OpenFileCacheTest : public testing::Test {
 protected:
  void MakeFile(absl::string_view path, absl::string_view contents) {
    ASSERT_TRUE(files_.Open(path, OpenMode::kCreate).value()->Write(0, contents).ok());
  }
  std::string Read(OpenFileCache* cache, absl::string_view path) {
    const absl::StatusOr<std::shared_ptr<File>> file = cache->Acquire(path, OpenMode::kRead);
    if (!file.ok()) return std::string(absl::StatusCodeToString(file.status().code()));
    std::string out(100, '\0');
    out.resize(static_cast<size_t>((*file)->Read(0, absl::MakeSpan(out)).value()));
    return out;
  }

  CountingFileSystem files_;
};

TEST_F(OpenFileCacheTest, OpensOnceAndServesTheSameFileAfterwards) {
  OpenFileCache cache(&files_, 2);
  MakeFile("a", "A");
  const std::shared_ptr<File> first = cache.Acquire("a", OpenMode::kRead).value();
  EXPECT_EQ(cache.Acquire("a", OpenMode::kRead).value(), first);
  EXPECT_EQ(cache.stats().opens, 1);
  EXPECT_EQ(cache.stats().hits, 1);
  EXPECT_EQ(cache.stats().entries, 1);
}

TEST_F(OpenFileCacheTest, KeepsAtMostTheBoundAndDropsTheFileUsedLongestAgo) {
  OpenFileCache cache(&files_, 2);
  for (const char* name : {"a", "b", "c"}) MakeFile(name, name);
  EXPECT_EQ(Read(&cache, "a") + Read(&cache, "b") + Read(&cache, "a"), "aba");
  EXPECT_EQ(Read(&cache, "c"), "c");  // Evicts b.
  EXPECT_EQ(files_.open_files, 2);
  EXPECT_EQ(cache.stats().evictions, 1);
  EXPECT_EQ(Read(&cache, "a"), "a");
  EXPECT_EQ(cache.stats().opens, 3);
  EXPECT_EQ(Read(&cache, "b"), "b");
  EXPECT_EQ(cache.stats().opens, 4);
  EXPECT_EQ(files_.open_files, 2);
}

TEST_F(OpenFileCacheTest, ABoundBelowOneKeepsOne) {
  OpenFileCache cache(&files_, 0);
  for (const char* name : {"a", "b"}) MakeFile(name, name);
  EXPECT_EQ(Read(&cache, "a") + Read(&cache, "b"), "ab");
  EXPECT_EQ(files_.open_files, 1);
}

TEST_F(OpenFileCacheTest, AHeldFileOutlivesItsEviction) {
  OpenFileCache cache(&files_, 1);
  for (const char* name : {"a", "b"}) MakeFile(name, name);
  std::shared_ptr<File> held = cache.Acquire("a", OpenMode::kReadWrite).value();
  EXPECT_EQ(Read(&cache, "b"), "b");
  EXPECT_EQ(files_.open_files, 2);
  EXPECT_TRUE(held->Write(0, "A").ok());
  held.reset();
  EXPECT_EQ(files_.open_files, 1);
}

TEST_F(OpenFileCacheTest, AWritableFileServesReadersAndAReadersFileIsReplacedForAWriter) {
  OpenFileCache cache(&files_, 2);
  MakeFile("a", "A");
  EXPECT_EQ(Read(&cache, "a"), "A");
  EXPECT_TRUE(cache.Acquire("a", OpenMode::kReadWrite).value()->Write(0, "B").ok());
  EXPECT_EQ(cache.stats().opens, 2);
  EXPECT_EQ(files_.open_files, 1);
  EXPECT_EQ(Read(&cache, "a"), "B");
  EXPECT_TRUE(cache.Acquire("a", OpenMode::kCreate).value()->Write(0, "C").ok());
  EXPECT_EQ(cache.stats().opens, 2);
}

TEST_F(OpenFileCacheTest, AFailedOpenIsReportedAndNotKept) {
  OpenFileCache cache(&files_, 2);
  EXPECT_EQ(Read(&cache, "a"), "NOT_FOUND");
  MakeFile("a", "A");
  EXPECT_EQ(Read(&cache, "a"), "A");
}

TEST_F(OpenFileCacheTest, ForgetMakesTheNextUseSeeTheNewFile) {
  OpenFileCache cache(&files_, 4);
  MakeFile("a", "old");
  EXPECT_EQ(Read(&cache, "a"), "old");
  MakeFile("b", "new");
  ASSERT_TRUE(files_.Rename("b", "a").ok());
  cache.Forget("a");
  cache.Forget("b");
  EXPECT_EQ(files_.open_files, 0);
  EXPECT_EQ(Read(&cache, "a"), "new");
}

TEST_F(OpenFileCacheTest, ForgetDirectoryDropsWhatIsBelowAndNothingElse) {
  OpenFileCache cache(&files_, 8);
  for (const char* directory : {"d", "d/x", "d-1", "c"}) {
    ASSERT_TRUE(files_.CreateDirectory(directory).ok());
    MakeFile(absl::StrCat(directory, "/f"), directory);
    EXPECT_EQ(Read(&cache, absl::StrCat(directory, "/f")), directory);
  }
  cache.ForgetDirectory("d");
  EXPECT_EQ(cache.stats().entries, 2);
  EXPECT_EQ(files_.open_files, 2);
  const int64_t opens = cache.stats().opens;
  EXPECT_EQ(Read(&cache, "d-1/f") + Read(&cache, "c/f"), "d-1c");
  EXPECT_EQ(cache.stats().opens, opens);
}

TEST_F(OpenFileCacheTest, AnOpenDuringForgetIsNotKept) {
  OpenFileCache cache(&files_, 4);
  MakeFile("a", "old");
  files_.while_opening = [&] {
    MakeFile("b", "new");
    ASSERT_TRUE(files_.Rename("b", "a").ok());
    cache.Forget("a");
  };
  EXPECT_EQ(Read(&cache, "a"), "old");
  EXPECT_EQ(Read(&cache, "a"), "new");
}

TEST_F(OpenFileCacheTest, OfTwoRacingOpensOneIsKeptAndBothCallersGetIt) {
  OpenFileCache cache(&files_, 4);
  MakeFile("a", "A");
  std::shared_ptr<File> other;
  files_.while_opening = [&] { other = cache.Acquire("a", OpenMode::kRead).value(); };
  EXPECT_EQ(cache.Acquire("a", OpenMode::kRead).value(), other);
  EXPECT_EQ(cache.stats().opens, 2);
  EXPECT_EQ(files_.open_files, 1);
}

TEST_F(OpenFileCacheTest, ARegionIsMappedOnceAndAgainWhenMoreIsAskedFor) {
  OpenFileCache cache(&files_, 4);
  MakeFile("a", "0123456789");
  const std::shared_ptr<MappedRegion> region = cache.AcquireRegion("a").value();
  EXPECT_EQ(region->size_bytes(), 10);
  EXPECT_EQ(cache.AcquireRegion("a", 10).value(), region);
  EXPECT_EQ(cache.AcquireRegion("a", 11).status().code(), absl::StatusCode::kOutOfRange);
  ASSERT_TRUE(cache.Acquire("a", OpenMode::kReadWrite).value()->Write(10, "ab").ok());
  const std::shared_ptr<MappedRegion> longer = cache.AcquireRegion("a", 12).value();
  EXPECT_EQ(longer->size_bytes(), 12);
  EXPECT_EQ(cache.AcquireRegion("a", 3).value(), longer);
  ASSERT_TRUE(longer->Populate(0, 12).ok());
  EXPECT_EQ(std::string(longer->data(), 12), "0123456789ab");
}

TEST_F(OpenFileCacheTest, ARegionOutlivesItsEntryAndHoldsNoFile) {
  OpenFileCache cache(&files_, 1);
  MakeFile("a", "A");
  MakeFile("b", "B");
  const std::shared_ptr<MappedRegion> region = cache.AcquireRegion("a").value();
  EXPECT_EQ(Read(&cache, "b"), "B");
  EXPECT_EQ(files_.open_files, 1);
  ASSERT_TRUE(region->Populate(0, 1).ok());
  EXPECT_EQ(region->data()[0], 'A');
  cache.Forget("a");
  EXPECT_NE(cache.AcquireRegion("a").value(), region);
}

TEST_F(OpenFileCacheTest, ARegionOfAFileThatWasReplacedMeanwhileIsNotKept) {
  OpenFileCache cache(&files_, 4);
  MakeFile("a", "old");
  MakeFile("b", "new");
  files_.SetFaultHook([&, replaced = false](const FileOperation& operation) mutable {
    if (operation.kind == FileOperation::Kind::kMap && !std::exchange(replaced, true)) {
      EXPECT_TRUE(files_.Rename("b", "a").ok());
      cache.Forget("a");
      EXPECT_EQ(Read(&cache, "a"), "new");
    }
    return FileFault();
  });
  const auto contents = [&] {
    const std::shared_ptr<MappedRegion> region = cache.AcquireRegion("a").value();
    EXPECT_TRUE(region->Populate(0, 3).ok());
    return std::string(region->data(), 3);
  };
  EXPECT_EQ(contents(), "old");
  EXPECT_EQ(contents(), "new");
}

TEST_F(OpenFileCacheTest, RegionErrorsAreReported) {
  OpenFileCache cache(&files_, 1);
  EXPECT_EQ(cache.AcquireRegion("absent").status().code(), absl::StatusCode::kNotFound);
  MakeFile("empty", "");
  EXPECT_EQ(cache.AcquireRegion("empty").status().code(), absl::StatusCode::kOutOfRange);
}

TEST_F(OpenFileCacheTest, ThreadsShareItWithinTheBound) {
  constexpr int kThreads = 4;
  constexpr int kBound = 3;
  OpenFileCache cache(&files_, kBound);
  for (int i = 0; i < 8; ++i) MakeFile(absl::StrCat("f", i), absl::StrCat("contents ", i));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      SeededRandom random(static_cast<uint64_t>(t));
      for (int round = 0; round < 500; ++round) {
        const uint64_t i = random.Next() % 8;
        const std::string path = absl::StrCat("f", i);
        if (Read(&cache, path) != absl::StrCat("contents ", i)) ++wrong;
        if (round % 7 == 0 && !cache.AcquireRegion(path).ok()) ++wrong;
        if (round % 11 == 0) cache.Forget(path);
        // Each thread holds at most one file, and opens at most one more.
        if (files_.open_files > kBound + 2 * kThreads) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(files_.open_files, kBound);
}

}  // namespace
}  // namespace tidemark
