#include "storage/env/whole_file.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

TEST(WholeFile, ComesBackAsItWasWritten) {
  MemoryFileSystem file_system;
  ASSERT_TRUE(ReplaceWholeFile(&file_system, "/", "f", "first, and longer").ok());
  ASSERT_TRUE(ReplaceWholeFile(&file_system, "/", "f", "second").ok());
  EXPECT_EQ(*ReadWholeFile(&file_system, "/f", 100), "second");
}

TEST(WholeFile, RefusesAFileThatIsLargerThanItCanBe) {
  MemoryFileSystem file_system;
  ASSERT_TRUE(ReplaceWholeFile(&file_system, "/", "f", "12345").ok());
  EXPECT_TRUE(ReadWholeFile(&file_system, "/f", 5).ok());
  EXPECT_TRUE(absl::IsDataLoss(ReadWholeFile(&file_system, "/f", 4).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadWholeFile(&file_system, "/g", 4).status()));
}

TEST(WholeFile, HoldsTheOldOrTheNewContentsWhereverPowerIsLost) {
  const std::string old_contents(2000, 'o');
  const std::string new_contents(3000, 'n');
  MemoryFileSystem start;
  ASSERT_TRUE(ReplaceWholeFile(&start, "/", "f", old_contents).ok());
  const MemorySnapshot snapshot = start.Snapshot();
  bool saw_new = false;
  for (int64_t k = 1; k <= 6; ++k) {
    for (uint64_t seed = 0; seed < 50; ++seed) {
      MemoryFileSystem file_system(snapshot);
      file_system.CrashAfterChanges(k);
      const bool acknowledged =
          ReplaceWholeFile(&file_system, "/", "f", new_contents).ok() && !file_system.crashed();
      SeededRandom choices(seed);
      file_system.PowerLoss(PowerLossMode::kSubsetWithGarbage, &choices);
      const std::string found = *ReadWholeFile(&file_system, "/f", 1 << 20);
      ASSERT_TRUE(found == old_contents || found == new_contents) << k << " " << seed;
      if (acknowledged) {
        ASSERT_EQ(found, new_contents);
      }
      saw_new |= found == new_contents;
    }
  }
  EXPECT_TRUE(saw_new);
}

TEST(WholeFile, LeavesTheSyncOfTheDirectoryToWhoWantsIt) {
  for (const bool is_synced : {false, true}) {
    MemoryFileSystem file_system;
    ASSERT_TRUE(ReplaceWholeFile(&file_system, "/", "f", "old").ok());
    ASSERT_TRUE(PutWholeFile(&file_system, "/", "f", "new").ok());
    EXPECT_EQ(*ReadWholeFile(&file_system, "/f", 10), "new");
    if (is_synced) {
      ASSERT_TRUE(file_system.SyncDirectory("/").ok());
    }
    SeededRandom choices(1);
    file_system.PowerLoss(PowerLossMode::kDropAll, &choices);
    EXPECT_EQ(*ReadWholeFile(&file_system, "/f", 10), is_synced ? "new" : "old");
  }
}

}  // namespace
}  // namespace tidemark
