// Goal: every file system keeps the promises of storage/env.h. Method: one suite over all of them.

#include "storage/env/file_system_conformance.h"

#include <cstdlib>
#include <string>

#include "storage/dry_run_env.h"
#include "storage/memory_env.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

std::string MakePosixRoot(FileSystem*) {
  std::string root = testing::TempDir() + "/conformance_XXXXXX";
  EXPECT_NE(mkdtemp(root.data()), nullptr);
  return root;
}

std::string MakeMemoryRoot(FileSystem* file_system) {
  EXPECT_TRUE(file_system->CreateDirectory("/data").ok());
  return "/data";
}

std::unique_ptr<FileSystem> MakeHookedMemory() {
  auto file_system = std::make_unique<MemoryFileSystem>();
  file_system->SetFaultHook([](const FileOperation&) { return FileFault(); });
  return file_system;
}

std::unique_ptr<FileSystem> MakeMemoryWithLateBlocks() {
  auto file_system = std::make_unique<MemoryFileSystem>();
  file_system->LetBlocksComeLate();
  return file_system;
}

std::unique_ptr<FileSystem> MakeRestoredMemory() {
  MemoryFileSystem original;
  return std::make_unique<MemoryFileSystem>(original.Snapshot());
}

// All files of the suite are made by the dry run itself; dry_run_file_system_test has those of the
// base.
std::unique_ptr<FileSystem> MakeDryRun() {
  static FileSystem* const base = new MemoryFileSystem();
  return NewDryRunFileSystem(base);
}

INSTANTIATE_TEST_SUITE_P(DryRun, FileSystemConformance,
                         testing::Values(FileSystemUnderTest{MakeDryRun, MakeMemoryRoot}));

INSTANTIATE_TEST_SUITE_P(Posix, FileSystemConformance,
                         testing::Values(FileSystemUnderTest{NewPosixFileSystem, MakePosixRoot,
                                                             /*sends_to_sockets=*/true}));

INSTANTIATE_TEST_SUITE_P(Memory, FileSystemConformance,
                         testing::Values(FileSystemUnderTest{
                             [] { return std::make_unique<MemoryFileSystem>(); }, MakeMemoryRoot}));

INSTANTIATE_TEST_SUITE_P(MemoryWithHook, FileSystemConformance,
                         testing::Values(FileSystemUnderTest{MakeHookedMemory, MakeMemoryRoot}));

INSTANTIATE_TEST_SUITE_P(MemoryWithLateBlocks, FileSystemConformance,
                         testing::Values(FileSystemUnderTest{MakeMemoryWithLateBlocks,
                                                             MakeMemoryRoot}));

INSTANTIATE_TEST_SUITE_P(MemoryFromSnapshot, FileSystemConformance,
                         testing::Values(FileSystemUnderTest{MakeRestoredMemory, MakeMemoryRoot}));

}  // namespace
}  // namespace tidemark
