// Goal: names behave as storage/env.h says. Method: each promise once, through the interface alone.

#include "storage/env/file_system_conformance.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

namespace tidemark {

FileSystemConformance::FileSystemConformance()
    : file_system_(GetParam().make()), root_(GetParam().make_root(file_system_.get())) {}

std::string FileSystemConformance::Path(absl::string_view name) const {
  return absl::StrCat(root_, "/", name);
}

std::unique_ptr<File> FileSystemConformance::OpenFile(absl::string_view name, OpenMode mode) {
  absl::StatusOr<std::unique_ptr<File>> file = file_system_->Open(Path(name), mode);
  EXPECT_TRUE(file.ok()) << file.status();
  return *std::move(file);
}

std::unique_ptr<File> FileSystemConformance::MakeFile(absl::string_view name,
                                                      absl::string_view contents) {
  std::unique_ptr<File> file = OpenFile(name);
  EXPECT_TRUE(file->Write(0, contents).ok());
  return file;
}

std::shared_ptr<MappedRegion> FileSystemConformance::MapFile(File* file, MapMode mode,
                                                             int64_t size_bytes) {
  absl::StatusOr<std::shared_ptr<MappedRegion>> region = file->Map(mode, size_bytes);
  EXPECT_TRUE(region.ok()) << region.status();
  return *std::move(region);
}

std::string FileSystemConformance::ReadAll(File* file) {
  std::string contents(static_cast<size_t>(file->Size().value()), '\0');
  EXPECT_EQ(file->Read(0, absl::MakeSpan(contents)).value(), contents.size());
  return contents;
}

std::string FileSystemConformance::Contents(absl::string_view name) {
  const absl::StatusOr<std::unique_ptr<File>> file =
      file_system_->Open(Path(name), OpenMode::kRead);
  if (!file.ok()) return absl::StrCat("<", absl::StatusCodeToString(file.status().code()), ">");
  return ReadAll(file->get());
}

absl::StatusCode FileSystemConformance::OpenCode(absl::string_view name, OpenMode mode) {
  return file_system_->Open(Path(name), mode).status().code();
}

namespace {

TEST_P(FileSystemConformance, OpenOfAnAbsentNameIsNotFoundAndNamesThePath) {
  for (const OpenMode mode : {OpenMode::kRead, OpenMode::kReadWrite}) {
    const absl::Status status = file_system_->Open(Path("absent"), mode).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_NE(status.message().find(Path("absent")), absl::string_view::npos) << status;
  }
  EXPECT_EQ(OpenCode("no/such/directory", OpenMode::kCreate), absl::StatusCode::kNotFound);
}

TEST_P(FileSystemConformance, CreateMakesAnEmptyFileAndKeepsAnExistingOne) {
  EXPECT_EQ(OpenFile("a")->Size().value(), 0);
  EXPECT_TRUE(OpenFile("a")->Write(0, "kept").ok());
  EXPECT_EQ(ReadAll(OpenFile("a", OpenMode::kCreate).get()), "kept");
  EXPECT_EQ(ReadAll(OpenFile("a", OpenMode::kReadWrite).get()), "kept");
}

TEST_P(FileSystemConformance, DirectoriesAndFilesAreNotTakenForEachOther) {
  ASSERT_TRUE(file_system_->CreateDirectory(Path("directory")).ok());
  MakeFile("file", "x");
  for (const OpenMode mode : {OpenMode::kRead, OpenMode::kReadWrite, OpenMode::kCreate}) {
    EXPECT_EQ(OpenCode("directory", mode), absl::StatusCode::kFailedPrecondition);
  }
  const auto wrong_type = absl::StatusCode::kFailedPrecondition;
  EXPECT_EQ(OpenCode("file/below", OpenMode::kCreate), wrong_type);
  EXPECT_EQ(file_system_->Remove(Path("directory")).code(), wrong_type);
  EXPECT_EQ(file_system_->RemoveDirectory(Path("file")).code(), wrong_type);
  EXPECT_EQ(file_system_->List(Path("file")).status().code(), wrong_type);
  EXPECT_EQ(file_system_->SyncDirectory(Path("file")).code(), wrong_type);
  EXPECT_EQ(file_system_->Rename(Path("file"), Path("directory")).code(), wrong_type);
  EXPECT_EQ(file_system_->Rename(Path("directory"), Path("file")).code(), wrong_type);
  EXPECT_EQ(file_system_->Lock(Path("directory")).status().code(), wrong_type);
}

TEST_P(FileSystemConformance, NamesThatCannotBeAreInvalid) {
  const std::string with_nul("a\0b", 3);
  const std::string long_name(256, 'n');
  for (const std::string& name : {with_nul, long_name}) {
    const auto invalid = absl::StatusCode::kInvalidArgument;
    EXPECT_EQ(OpenCode(name, OpenMode::kCreate), invalid);
    EXPECT_EQ(file_system_->CreateDirectory(Path(name)).code(), invalid);
    EXPECT_EQ(file_system_->Remove(Path(name)).code(), invalid);
    EXPECT_EQ(file_system_->Stat(Path(name)).status().code(), invalid);
    EXPECT_EQ(file_system_->List(Path(name)).status().code(), invalid);
    EXPECT_EQ(file_system_->Rename(Path(name), Path("to")).code(), invalid);
    EXPECT_EQ(file_system_->Rename(root_, Path(name)).code(), invalid);
  }
  EXPECT_TRUE(file_system_->Open(Path(std::string(255, 'n')), OpenMode::kCreate).ok());
  EXPECT_EQ(file_system_->Open("", OpenMode::kCreate).status().code(), absl::StatusCode::kNotFound);
}

TEST_P(FileSystemConformance, CreateDirectoryNeedsAParentAndAFreeName) {
  EXPECT_TRUE(file_system_->CreateDirectory(Path("d")).ok());
  EXPECT_EQ(file_system_->CreateDirectory(Path("d")).code(), absl::StatusCode::kAlreadyExists);
  MakeFile("f", "");
  EXPECT_EQ(file_system_->CreateDirectory(Path("f")).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(file_system_->CreateDirectory(Path("x/d")).code(), absl::StatusCode::kNotFound);
}

TEST_P(FileSystemConformance, RemoveDirectoryNeedsItEmpty) {
  ASSERT_TRUE(file_system_->CreateDirectory(Path("d")).ok());
  MakeFile("d/f", "");
  EXPECT_EQ(file_system_->RemoveDirectory(Path("d")).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(file_system_->Remove(Path("d/f")).ok());
  EXPECT_TRUE(file_system_->RemoveDirectory(Path("d")).ok());
  EXPECT_EQ(file_system_->RemoveDirectory(Path("d")).code(), absl::StatusCode::kNotFound);
}

TEST_P(FileSystemConformance, RemoveTakesTheNameAway) {
  MakeFile("f", "x");
  EXPECT_TRUE(file_system_->Remove(Path("f")).ok());
  EXPECT_EQ(Contents("f"), "<NOT_FOUND>");
  EXPECT_EQ(file_system_->Remove(Path("f")).code(), absl::StatusCode::kNotFound);
}

TEST_P(FileSystemConformance, AnOpenFileOutlivesItsName) {
  const std::unique_ptr<File> file = MakeFile("f", "before");
  ASSERT_TRUE(file_system_->Remove(Path("f")).ok());
  EXPECT_TRUE(file->Write(6, " after").ok());
  EXPECT_EQ(ReadAll(file.get()), "before after");
  EXPECT_TRUE(file->Sync().ok());
  MakeFile("f", "other");
  EXPECT_EQ(ReadAll(file.get()), "before after");
}

TEST_P(FileSystemConformance, RenameMovesAndReplaces) {
  const std::unique_ptr<File> old_target = MakeFile("to", "old");
  const std::unique_ptr<File> source = MakeFile("from", "new");
  EXPECT_TRUE(file_system_->Rename(Path("from"), Path("to")).ok());
  EXPECT_EQ(Contents("from"), "<NOT_FOUND>");
  EXPECT_EQ(Contents("to"), "new");
  EXPECT_EQ(ReadAll(old_target.get()), "old");
  EXPECT_TRUE(source->Write(3, "er").ok());
  EXPECT_EQ(Contents("to"), "newer");
}

TEST_P(FileSystemConformance, RenameMovesBetweenDirectoriesAndMovesDirectories) {
  ASSERT_TRUE(file_system_->CreateDirectory(Path("a")).ok());
  ASSERT_TRUE(file_system_->CreateDirectory(Path("b")).ok());
  MakeFile("a/f", "x");
  EXPECT_TRUE(file_system_->Rename(Path("a/f"), Path("b/g")).ok());
  EXPECT_EQ(Contents("b/g"), "x");
  EXPECT_TRUE(file_system_->Rename(Path("b"), Path("c")).ok());
  EXPECT_EQ(Contents("c/g"), "x");
  EXPECT_TRUE(file_system_->Rename(Path("a"), Path("empty")).ok());
  EXPECT_EQ(file_system_->Rename(Path("empty"), Path("c")).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(file_system_->Rename(Path("c"), Path("empty")).ok());
  EXPECT_EQ(Contents("empty/g"), "x");
}

TEST_P(FileSystemConformance, RenameRefusesWhatIsAbsentOrImpossible) {
  EXPECT_EQ(file_system_->Rename(Path("absent"), Path("to")).code(), absl::StatusCode::kNotFound);
  MakeFile("f", "x");
  EXPECT_EQ(file_system_->Rename(Path("f"), Path("no/f")).code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(file_system_->Rename(Path("f"), Path("f")).ok());
  EXPECT_EQ(Contents("f"), "x");
  ASSERT_TRUE(file_system_->CreateDirectory(Path("d")).ok());
  EXPECT_EQ(file_system_->Rename(Path("d"), Path("d/inside")).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(FileSystemConformance, ListIsSortedAndTyped) {
  EXPECT_TRUE(file_system_->List(root_).value().empty());
  for (const char* name : {"b", "a", "c.log", ".hidden", "B"}) MakeFile(name, "");
  ASSERT_TRUE(file_system_->CreateDirectory(Path("aa")).ok());
  std::string listed;
  const std::vector<DirectoryEntry> entries = file_system_->List(root_).value();
  for (const DirectoryEntry& entry : entries) {
    absl::StrAppend(&listed, entry.name, entry.type == FileType::kDirectory ? "/ " : " ");
  }
  EXPECT_EQ(listed, ".hidden B a aa/ b c.log ");
  EXPECT_EQ(file_system_->List(Path("absent")).status().code(), absl::StatusCode::kNotFound);
}

TEST_P(FileSystemConformance, StatTellsTypeAndSize) {
  MakeFile("f", "12345");
  EXPECT_EQ(file_system_->Stat(Path("f")).value().type, FileType::kFile);
  EXPECT_EQ(file_system_->Stat(Path("f")).value().size_bytes, 5);
  EXPECT_EQ(file_system_->Stat(root_).value().type, FileType::kDirectory);
  EXPECT_EQ(file_system_->Stat(root_).value().size_bytes, 0);
  EXPECT_EQ(file_system_->Stat(Path("absent")).status().code(), absl::StatusCode::kNotFound);
}

TEST_P(FileSystemConformance, FreeBytesAreThoseOfTheDiskOfADirectory) {
  ASSERT_TRUE(file_system_->CreateDirectory(Path("d")).ok());
  MakeFile("f", "12345");
  for (const std::string& path : {root_, Path("d")}) {
    EXPECT_GT(file_system_->FreeBytes(path).value(), 0) << path;
  }
  EXPECT_EQ(file_system_->FreeBytes(Path("f")).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const absl::Status absent = file_system_->FreeBytes(Path("absent")).status();
  EXPECT_EQ(absent.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(absent.message().find(Path("absent")), absl::string_view::npos);
}

TEST_P(FileSystemConformance, SyncDirectoryNeedsADirectory) {
  EXPECT_TRUE(file_system_->SyncDirectory(root_).ok());
  EXPECT_EQ(file_system_->SyncDirectory(Path("absent")).code(), absl::StatusCode::kNotFound);
}

TEST_P(FileSystemConformance, DotsAndRepeatedSlashesMeanWhatTheyDoEverywhere) {
  ASSERT_TRUE(file_system_->CreateDirectory(Path("d")).ok());
  MakeFile("f", "x");
  EXPECT_EQ(Contents("d/..//./f"), "x");
  EXPECT_EQ(Contents("absent/../f"), "<NOT_FOUND>");
}

TEST_P(FileSystemConformance, LockExcludesOtherHoldersUntilItIsDropped) {
  absl::StatusOr<std::unique_ptr<FileLock>> lock = file_system_->Lock(Path(".lock"));
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_EQ(Contents(".lock"), "");
  const absl::Status second = file_system_->Lock(Path(".lock")).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(second.message().find(Path(".lock")), absl::string_view::npos);
  EXPECT_TRUE(file_system_->Lock(Path(".other")).ok());
  lock->reset();
  EXPECT_TRUE(file_system_->Lock(Path(".lock")).ok());
}

TEST_P(FileSystemConformance, LockOutlivesOtherUsesOfItsFile) {
  const std::unique_ptr<FileLock> lock = file_system_->Lock(Path(".lock")).value();
  OpenFile(".lock").reset();
  EXPECT_EQ(file_system_->Lock(Path(".lock")).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(file_system_->Lock(Path("no/.lock")).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tidemark
