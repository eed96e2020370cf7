// Goal: a dry run sees its own changes of what the base has, and the base sees none of them.
// Method: the same changes through both, on files of the base.

#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/dry_run_env.h"
#include "storage/env/whole_file.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

constexpr int64_t kBytesMax = int64_t{1} << 30;

class DryRun : public testing::Test {
 protected:
  DryRun() {
    EXPECT_TRUE(base_.CreateDirectory("/d").ok());
    EXPECT_TRUE(base_.CreateDirectory("/d/sub").ok());
    Put("/d/a", "0123456789");
    Put("/d/sub/b", "b");
    base_changes_ = base_.changes();
  }
  ~DryRun() override { EXPECT_EQ(base_.changes(), base_changes_); }

  void Put(absl::string_view path, absl::string_view contents) {
    const auto file = base_.Open(path, OpenMode::kCreate);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Write(0, contents).ok());
  }
  std::string Contents(absl::string_view path) {
    const auto contents = ReadWholeFile(dry_.get(), path, kBytesMax);
    return contents.ok() ? *contents : absl::StatusCodeToString(contents.status().code());
  }
  std::vector<std::string> Names(absl::string_view path) {
    std::vector<std::string> names;
    const auto entries = dry_->List(path);
    EXPECT_TRUE(entries.ok()) << entries.status();
    if (!entries.ok()) return names;
    for (const DirectoryEntry& entry : *entries) {
      names.push_back(entry.name + (entry.type == FileType::kDirectory ? "/" : ""));
    }
    return names;
  }
  std::unique_ptr<File> Open(absl::string_view path, OpenMode mode = OpenMode::kReadWrite) {
    return dry_->Open(path, mode).value();
  }

  MemoryFileSystem base_;
  const std::unique_ptr<FileSystem> dry_ = NewDryRunFileSystem(&base_);
  int64_t base_changes_ = 0;
};

using Strings = std::vector<std::string>;

TEST_F(DryRun, ChangedBytesAreSeenThroughEveryHandle) {
  const std::unique_ptr<File> reader = Open("/d/a", OpenMode::kRead);
  const std::unique_ptr<File> writer = Open("/d//a");
  EXPECT_EQ(Contents("/d/a"), "0123456789");
  ASSERT_TRUE(writer->Write(2, "xyz").ok());
  ASSERT_TRUE(writer->Write(10, "more").ok());
  EXPECT_EQ(Contents("/d/a"), "01xyz56789more");
  std::string bytes(5, ' ');
  EXPECT_EQ(reader->Read(0, absl::MakeSpan(bytes)).value(), 5);
  EXPECT_EQ(bytes, "01xyz");
  EXPECT_EQ(dry_->Stat("/d/a")->size_bytes, 14);
  EXPECT_TRUE(absl::IsFailedPrecondition(reader->Write(0, "x")));
}

TEST_F(DryRun, CuttingAndGrowingReadsAsItWouldInTheBase) {
  const std::unique_ptr<File> file = Open("/d/a");
  ASSERT_TRUE(file->Write(3, "345").ok());  // What is there already.
  ASSERT_TRUE(file->Truncate(4).ok());
  EXPECT_EQ(Contents("/d/a"), "0123");
  EXPECT_EQ(dry_->Stat("/d/a")->size_bytes, 4);
  EXPECT_TRUE(file->Allocate(2).ok());
  EXPECT_EQ(file->Size().value(), 4);
  ASSERT_TRUE(file->Allocate(6).ok());
  EXPECT_EQ(Contents("/d/a"), std::string("0123\0\0", 6));
  ASSERT_TRUE(file->Truncate(7).ok());
  EXPECT_EQ(Contents("/d/a"), std::string("0123\0\0\0", 7));
  EXPECT_FALSE(file->Truncate(-1).ok());
}

TEST_F(DryRun, NamesThatGoComeOrMoveAreSeenInLists) {
  ASSERT_TRUE(dry_->Remove("/d/a").ok());
  EXPECT_EQ(Contents("/d/a"), "NOT_FOUND");
  EXPECT_EQ(Names("/d"), Strings{"sub/"});
  Open("/d/c", OpenMode::kCreate);
  ASSERT_TRUE(dry_->CreateDirectory("/d/new").ok());
  EXPECT_EQ(Names("/d"), (Strings{"c", "new/", "sub/"}));
  ASSERT_TRUE(Open("/d/a", OpenMode::kCreate)->Write(0, "anew").ok());
  EXPECT_EQ(Contents("/d/a"), "anew");
  EXPECT_TRUE(absl::IsFailedPrecondition(dry_->RemoveDirectory("/d/sub")));
  ASSERT_TRUE(dry_->Remove("/d/sub/b").ok());
  ASSERT_TRUE(dry_->RemoveDirectory("/d/sub").ok());
  EXPECT_EQ(Contents("/d/sub/b"), "NOT_FOUND");
  EXPECT_EQ(Names("/d"), (Strings{"a", "c", "new/"}));
}

TEST_F(DryRun, ADirectoryOfTheBaseMovesWithWhatWasChangedInIt) {
  ASSERT_TRUE(Open("/d/sub/b")->Write(0, "changed").ok());
  Open("/d/sub/c", OpenMode::kCreate);
  ASSERT_TRUE(dry_->Rename("/d/sub", "/d/moved").ok());
  EXPECT_EQ(Names("/d"), (Strings{"a", "moved/"}));
  EXPECT_EQ(Names("/d/moved"), (Strings{"b", "c"}));
  EXPECT_EQ(Contents("/d/moved/b"), "changed");
  EXPECT_EQ(Contents("/d/sub/b"), "NOT_FOUND");
  ASSERT_TRUE(dry_->CreateDirectory("/d/sub").ok());
  EXPECT_EQ(Names("/d/sub"), Strings{});
  ASSERT_TRUE(dry_->Rename("/d/moved/b", "/d/a").ok());
  EXPECT_EQ(Contents("/d/a"), "changed");
}

TEST_F(DryRun, RegionsOfTheBaseCanBeRead) {
  const std::unique_ptr<File> file = Open("/d/a");
  const auto region = file->Map(MapMode::kReadWrite, 10);
  ASSERT_TRUE(region.ok()) << region.status();
  ASSERT_TRUE((*region)->Populate(0, 10).ok());
  EXPECT_EQ(std::string((*region)->data(), 10), "0123456789");
  EXPECT_TRUE((*region)->Sync(0, 10).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      Open("/d/a", OpenMode::kRead)->Map(MapMode::kReadWrite, 10).status()));
}

TEST_F(DryRun, AFileOfTheBaseIsLockedThereAndANewOneIsNotMade) {
  {
    const auto held = dry_->Lock("/d/a");
    ASSERT_TRUE(held.ok());
    EXPECT_TRUE(absl::IsFailedPrecondition(base_.Lock("/d/a").status()));
  }
  const auto held = base_.Lock("/d/a");
  EXPECT_TRUE(absl::IsFailedPrecondition(dry_->Lock("/d/a").status()));
  {
    const auto lock = dry_->Lock("/d/lock");
    ASSERT_TRUE(lock.ok());
    EXPECT_TRUE(absl::IsFailedPrecondition(dry_->Lock("/d/lock").status()));
  }
  EXPECT_TRUE(dry_->Lock("/d/lock").ok());
  EXPECT_EQ(Names("/d"), (Strings{"a", "lock", "sub/"}));
}

TEST_F(DryRun, AFileThatMayNotBeWrittenIsLockedForTheDryRunAlone) {
  base_.SetFaultHook([](const FileOperation& operation) -> FileFault {
    if (operation.kind != FileOperation::Kind::kLock) return {};
    return absl::PermissionDeniedError("a read-only file system");
  });
  EXPECT_TRUE(dry_->Lock("/d/a").ok());
}

}  // namespace
}  // namespace tidemark
