#ifndef TIDEMARK_STORAGE_INSPECT_TEST_VERDICT_H_
#define TIDEMARK_STORAGE_INSPECT_TEST_VERDICT_H_

// What VerifyDataDirectory says of a TestLog's directory, for tests.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "storage/inspect.h"
#include "storage/inspect/test_log.h"

namespace tidemark {

struct Verdict {
  VerifyTotals totals;
  std::vector<Finding> findings;

  std::string ToString() const {
    std::string text;
    for (const Finding& finding : findings) {
      absl::StrAppend(&text, finding.severity == Severity::kDamage ? "damage " : "note ",
                      finding.file, " ", finding.position.value_or(FilePosition(-1)).value(), " ",
                      finding.offset.value_or(Offset(-1)).value(), ": ", finding.message, "\n");
    }
    return text;
  }
};

inline Verdict Verify(FileSystem* file_system, std::vector<std::string> more_directories = {}) {
  Verdict verdict;
  VerifyOptions options;
  options.more_directories = std::move(more_directories);
  options.on_finding = [&](const Finding& finding) { verdict.findings.push_back(finding); };
  const absl::StatusOr<VerifyTotals> totals =
      VerifyDataDirectory(file_system, TestLog::kRoot, options);
  EXPECT_TRUE(totals.ok()) << totals.status();
  if (totals.ok()) verdict.totals = *totals;
  return verdict;
}

// Whether there is damage in `file` with `words` in its message.
inline bool HasDamage(const Verdict& verdict, absl::string_view file, absl::string_view words) {
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == Severity::kDamage && finding.file == file &&
        absl::StrContains(finding.message, words)) {
      return true;
    }
  }
  return false;
}

inline bool HasNote(const Verdict& verdict, absl::string_view file, absl::string_view words) {
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == Severity::kNote && finding.file == file &&
        absl::StrContains(finding.message, words)) {
      return true;
    }
  }
  return false;
}

inline std::string RootPath(absl::string_view name) {
  return absl::StrCat(TestLog::kRoot, "/", name);
}
inline std::string PartitionPath(absl::string_view name) {
  return absl::StrCat(TestLog::kDirectory, "/", name);
}

// Three segments of three batches each, from offset 100 on.
inline TestLog MakeThreeSegments() {
  TestLog log(Offset(100));
  for (int segment = 0; segment < 3; ++segment) {
    if (segment > 0) log.Roll();
    for (int batch = 0; batch < 3; ++batch) {
      TestBatch test_batch;
      test_batch.timestamp = Timestamp(1000 * (segment + 1) + 10 * batch);
      test_batch.leader_epoch = LeaderEpoch(segment / 2);
      log.Append(test_batch);
    }
  }
  return log;
}

class VerifyTest : public testing::Test {
 protected:
  MemoryFileSystem file_system_;
  const TestLog log_ = MakeThreeSegments();
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_TEST_VERDICT_H_
