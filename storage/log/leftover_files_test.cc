#include "storage/log/leftover_files.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tidemark {
namespace {

std::vector<std::string> Leftovers(const std::vector<std::string>& names) {
  std::vector<DirectoryEntry> entries;
  for (const std::string& name : names) entries.push_back({name, FileType::kFile});
  return LeftoverFiles(entries);
}

const std::string kFirst = "00000000000000000000";
const std::string kSecond = "00000000000000000007";

TEST(LeftoverFiles, ALiveSegmentHasNone) {
  EXPECT_EQ(Leftovers({kFirst + ".index", kFirst + ".log", kFirst + ".timeindex",
                       kFirst + ".txnindex", kSecond + ".snapshot", "leader-epoch-checkpoint",
                       "partition.metadata", "notes.txt"}),
            std::vector<std::string>());
}

TEST(LeftoverFiles, AreWhatIsHalfMadeAndIndexesOfNoLog) {
  EXPECT_EQ(
      Leftovers({kFirst + ".log", kFirst + ".log.cleaned", kSecond + ".index",
                 kSecond + ".timeindex", kSecond + ".txnindex", "leader-epoch-checkpoint.tmp"}),
      (std::vector<std::string>{kFirst + ".log.cleaned", kSecond + ".index", kSecond + ".timeindex",
                                kSecond + ".txnindex", "leader-epoch-checkpoint.tmp"}));
}

TEST(LeftoverFiles, WhatIsDeletedGoesBehindTheIndexesThatItExplains) {
  EXPECT_EQ(Leftovers({kFirst + ".index.deleted", kFirst + ".log.deleted", kFirst + ".timeindex",
                       kSecond + ".log"}),
            (std::vector<std::string>{kFirst + ".timeindex", kFirst + ".index.deleted",
                                      kFirst + ".log.deleted"}));
}

TEST(LeftoverFiles, DirectoriesAreLeftAlone) {
  EXPECT_TRUE(LeftoverFiles({{"something.tmp", FileType::kDirectory}}).empty());
}

}  // namespace
}  // namespace tidemark
