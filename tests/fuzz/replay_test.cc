// Gives every target its committed corpus, and a few changed copies of each input: what was once
// found stays found. TIDEMARK_FUZZ_MUTATIONS is how many copies.

#include <fnmatch.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "storage/memory_env.h"
#include "tests/fuzz/targets.h"

namespace tidemark {
namespace {

using Target = void (*)(absl::string_view);

// A sanitizer takes its time.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kMutations = 1;
#else
constexpr int kMutations = 20;
#endif

const std::map<std::string, Target>& Targets() {
  static const auto& targets = *new std::map<std::string, Target>{
      {"gzip", FuzzGzip},
      {"snappy", FuzzSnappy},
      {"lz4", FuzzLz4},
      {"zstd", FuzzZstd},
      {"record_batch", FuzzRecordBatch},
      {"record_reader", FuzzRecordReader},
      {"index_files", FuzzIndexFiles},
      {"text_files", FuzzTextFiles},
      {"producer_snapshot", FuzzProducerSnapshot},
      {"state_records", FuzzStateRecords},
      {"directory", FuzzDirectory},
      {"log_operations", FuzzLogOperations},
  };
  return targets;
}

// A line of targets.txt.
struct Row {
  std::string name;
  size_t input_bytes_max = 0;
  std::vector<std::string> seeds;
};

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<Row> ReadRows() {
  std::vector<Row> rows;
  const std::string text = ReadFile("tests/fuzz/targets.txt");
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (line.front() == '#') continue;
    const std::vector<std::string> fields = absl::StrSplit(line, " | ");
    Row row{fields.at(0), 0, {}};
    EXPECT_TRUE(absl::SimpleAtoi(fields.at(1), &row.input_bytes_max)) << line;
    if (fields.at(3) != "-") row.seeds = absl::StrSplit(fields.at(3), ' ');
    rows.push_back(row);
  }
  return rows;
}

// Sorted, so that a run repeats.
std::vector<std::string> InputsOf(const Row& row) {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator("tests/fuzz/corpus/" + row.name)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator("tests/compat/golden")) {
    const std::string path = entry.path();
    for (const std::string& seed : row.seeds) {
      const std::string pattern = absl::StrCat("tests/compat/", seed);
      if (fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0) paths.push_back(path);
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Flips, cuts, repeats or overwrites a few places.
std::string Mutate(std::string input, SeededRandom* random) {
  const auto below = [&](size_t n) { return static_cast<size_t>(random->Next() % n); };
  for (size_t changes = 1 + below(3); changes > 0 && !input.empty(); --changes) {
    const size_t at = below(input.size());
    switch (below(4)) {
      case 0:
        input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 1:
        input[at] = "\x00\xff\x7f\x80"[below(4)];
        break;
      case 2:
        input.resize(at);
        break;
      case 3:
        input.insert(at, input.substr(below(input.size()), 1 + below(16)));
        break;
    }
  }
  return input;
}

class Replay : public testing::TestWithParam<std::string> {};

TEST_P(Replay, EveryInputOfTheCorpusAndItsKinPasses) {
  const std::vector<Row> rows = ReadRows();
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [](const Row& each) { return each.name == GetParam(); });
  ASSERT_NE(row, rows.end()) << "targets.txt has no such target";
  const Target target = Targets().at(row->name);
  int mutations = kMutations;
  if (const char* wanted = std::getenv("TIDEMARK_FUZZ_MUTATIONS")) {
    ASSERT_TRUE(absl::SimpleAtoi(wanted, &mutations));
  }
  const std::vector<std::string> paths = InputsOf(*row);
  ASSERT_FALSE(paths.empty()) << "no input";
  target("");
  for (const std::string& path : paths) {
    const std::string input = ReadFile(path);
    // A target ends the process where it fails: what it was given is to be seen.
    std::cout << path << std::endl;
    target(absl::string_view(input).substr(0, row->input_bytes_max));
    for (int i = 1; i <= mutations; ++i) {
      SeededRandom random(static_cast<uint64_t>(i));
      std::cout << "  changed by seed " << i << std::endl;
      target(absl::string_view(Mutate(input, &random)).substr(0, row->input_bytes_max));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Replay, testing::ValuesIn([] {
                           std::vector<std::string> names;
                           for (const auto& [name, target] : Targets()) names.push_back(name);
                           return names;
                         }()),
                         [](const auto& each) { return each.param; });

TEST(Targets, AreThoseOfTheTable) {
  std::vector<std::string> names;
  for (const Row& row : ReadRows()) names.push_back(row.name);
  std::sort(names.begin(), names.end());
  std::vector<std::string> wanted;
  for (const auto& [name, target] : Targets()) wanted.push_back(name);
  EXPECT_EQ(names, wanted);
}

}  // namespace
}  // namespace tidemark
