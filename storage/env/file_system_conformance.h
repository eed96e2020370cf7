#ifndef TIDEMARK_STORAGE_ENV_FILE_SYSTEM_CONFORMANCE_H_
#define TIDEMARK_STORAGE_ENV_FILE_SYSTEM_CONFORMANCE_H_

// What storage/env.h promises of every file system, as tests. A file system passes them by
// instantiating FileSystemConformance with a way to make one:
//   INSTANTIATE_TEST_SUITE_P(Memory, FileSystemConformance, testing::Values(...));

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "storage/env.h"

namespace tidemark {

struct FileSystemUnderTest {
  std::function<std::unique_ptr<FileSystem>()> make;
  // Makes an empty directory for one test and returns its path.
  std::function<std::string(FileSystem*)> make_root;
  bool sends_to_sockets = false;
};

class FileSystemConformance : public testing::TestWithParam<FileSystemUnderTest> {
 protected:
  FileSystemConformance();

  std::string Path(absl::string_view name) const;
  // Opens a file under the root, which must succeed.
  std::unique_ptr<File> OpenFile(absl::string_view name, OpenMode mode = OpenMode::kCreate);
  std::unique_ptr<File> MakeFile(absl::string_view name, absl::string_view contents);
  std::shared_ptr<MappedRegion> MapFile(File* file, MapMode mode, int64_t size_bytes);
  // The whole file under that name; "<code>" if it cannot be read.
  std::string Contents(absl::string_view name);
  static std::string ReadAll(File* file);
  absl::StatusCode OpenCode(absl::string_view name, OpenMode mode);

  const std::unique_ptr<FileSystem> file_system_;
  const std::string root_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_FILE_SYSTEM_CONFORMANCE_H_
