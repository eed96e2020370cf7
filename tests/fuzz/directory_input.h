#ifndef TIDEMARK_TESTS_FUZZ_DIRECTORY_INPUT_H_
#define TIDEMARK_TESTS_FUZZ_DIRECTORY_INPUT_H_

// A data directory as the input of a fuzz target: one byte of flags, then file after file: what it
// is (one byte), its base offset (two, unused where its name has none), its size (two), its bytes.

#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace tidemark {

struct DirectoryInput {
  static constexpr uint8_t kRepair = 1;   // Make the checksums right.
  static constexpr uint8_t kCleanUp = 2;  // Let compaction and retention run in the end.

  uint8_t flags = 0;
  std::map<std::string, std::string> files;  // By the path below the data directory.
};

// A file that is there twice is the first of the two. Checksums are repaired if the flags say so.
DirectoryInput DecodeDirectory(absl::string_view input);

// Leaves out files that no input can have, by name or size.
std::string EncodeDirectory(const DirectoryInput& directory);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_FUZZ_DIRECTORY_INPUT_H_
