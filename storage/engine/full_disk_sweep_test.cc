// No room at every single change of the files, once or until there is room again: whatever an
// engine was doing, nothing that was acknowledged is lost, nothing that was refused is there, and
// all goes on without opening anew.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"

namespace tidemark {
namespace {

using Values = std::vector<std::string>;
using Kind = FileOperation::Kind;

constexpr int64_t kAmple = int64_t{1} << 40;

bool CanLackRoom(Kind kind) {
  return kind == Kind::kCreate || kind == Kind::kWrite || kind == Kind::kTruncate ||
         kind == Kind::kAllocate || kind == Kind::kRename || kind == Kind::kCreateDirectory;
}

// An engine with a topic "log" that is appended to, rolled, deleted from and retained, and a topic
// "other" that comes and goes.
class FullDiskScript {
 public:
  FullDiskScript() {
    harness_.clock.SetNow(absl::FromUnixMillis(1000));  // That of the records.
    harness_.options.config = {{"tidemark.disk.reserve.bytes", "65536"}};
    EXPECT_TRUE(harness_.Open().ok());
    EXPECT_TRUE(engine()->CreateTopic("log", 1, {{"segment.bytes", "150"}}).ok());
    for (int i = 0; i < 3; ++i) Append();
  }

  MemoryFileSystem& file_system() { return harness_.file_system; }

  void Run() {
    for (int i = 0; i < 3; ++i) Append();
    harness_.executor.RunUntilIdle();
    Expect("create", engine()->CreateTopic("other", 2, {}).status());
    Expect("append", harness_.Append("other", 1, "x"));
    Expect("add", engine()->AddPartitions("other", 3));
    Expect("checkpoint", engine()->Checkpoint());
    AppendAsynchronously();
    Expect("delete records", Log()->DeleteRecordsBefore(Offset(2)));
    NoteStart();
    Expect("alter", engine()->AlterTopicConfig("log", {{"retention.bytes", "300"}}, {}));
    const auto outcomes = engine()->RunRetention("log");
    Expect("retention", outcomes->front().status);
    NoteStart();
    for (int i = 0; i < 2; ++i) Append();
    Expect("delete", engine()->DeleteTopic("other"));
    harness_.executor.AdvanceBy(absl::Minutes(2));
    NoteStart();  // Retention has run.
    Append();
  }

  // There is room: everything works, in this process and in the next.
  void CheckAllGoesOn(const std::string& what) {
    CheckRecords(what);
    Append();
    EXPECT_TRUE(last_append_.ok()) << what << ": " << last_append_;
    const absl::Status made = engine()->CreateTopic("after", 1, {}).status();
    EXPECT_TRUE(made.ok()) << what << ": " << made;
    EXPECT_TRUE(harness_.Append("after", 0, "x").ok()) << what;
    EXPECT_TRUE(engine()->Checkpoint().ok()) << what;
    const auto outcomes = engine()->RunRetention("");
    for (const RetentionOutcome& outcome : *outcomes) {
      EXPECT_TRUE(outcome.status.ok()) << what << ": " << outcome.status;
    }
    NoteStart();
    CheckRecords(what);
  }

  void CheckClosesAndReopens(const std::string& what) {
    const absl::Status closed = engine()->Close();
    EXPECT_TRUE(closed.ok()) << what << ": " << closed;
    ASSERT_TRUE(harness_.Open().ok()) << what;
    EXPECT_TRUE(engine()->recovery_report().was_clean) << what;
    CheckRecords(what);
  }

  void CheckSurvivesPowerLoss(const std::string& what) {
    harness_.LosePower(PowerLossMode::kDropAll, 1);
    ASSERT_TRUE(harness_.Open().ok()) << what;
    CheckRecords(what);
  }

 private:
  StorageEngine* engine() { return harness_.engine.get(); }
  std::shared_ptr<ReplicaLog> Log() { return *engine()->GetLog({"log", PartitionId(0)}); }

  // Refused for want of room, or for what an earlier refusal has left.
  static void Expect(const char* what, const absl::Status& status) {
    EXPECT_TRUE(status.ok() || absl::IsResourceExhausted(status) || absl::IsNotFound(status))
        << what << ": " << status;
  }

  // Records are taken in the order of their numbers, which are their values.
  void Append() {
    const Offset before = Log()->offsets().log_end;
    const std::string value = absl::StrCat("record ", next_value_++);
    last_append_ = harness_.Append("log", 0, value);
    Expect("append", last_append_);
    Note(before, value, last_append_);
  }

  void AppendAsynchronously() {
    const Offset before = Log()->offsets().log_end;
    const std::string value = absl::StrCat("record ", next_value_++);
    const absl::Status taken = harness_.Append("log", 0, value, /*sync=*/false);
    Expect("append", taken);
    Note(before, value, taken);
    if (!taken.ok()) return;
    absl::Status durable = absl::UnknownError("never told");
    Log()->AwaitDurable(before + 1, [&](absl::Status status) { durable = std::move(status); });
    harness_.executor.RunUntilIdle();
    EXPECT_TRUE(durable.ok()) << durable;
  }

  void Note(Offset at, const std::string& value, const absl::Status& status) {
    EXPECT_EQ(Log()->offsets().log_end, at + (status.ok() ? 1 : 0)) << value;
    if (status.ok()) values_[at] = value;
  }

  // What is below the start may be gone.
  void NoteStart() {
    values_.erase(values_.begin(), values_.lower_bound(Log()->offsets().log_start));
  }

  void CheckRecords(const std::string& what) {
    Values expected;
    for (const auto& [offset, value] : values_) expected.push_back(value);
    Values found = harness_.Read("log", 0);
    // A start that could not be stored may come back to where the first segment begins.
    ASSERT_GE(found.size(), expected.size()) << what;
    found.erase(found.begin(), found.end() - static_cast<ptrdiff_t>(expected.size()));
    ASSERT_EQ(found, expected) << what;
  }

  EngineHarness harness_;
  std::map<Offset, std::string> values_;  // That were acknowledged and not deleted.
  int next_value_ = 0;
  absl::Status last_append_;
};

TEST(FullDiskSweep, C08_NoRoomOnceAtAnyChangeOfTheFilesLosesNothingAndAllGoesOn) {
  int64_t failed = 0;
  for (int64_t skipped = 0;; ++skipped) {
    FullDiskScript script;
    int64_t seen = 0;
    std::string what = "nothing";
    script.file_system().SetFaultHook([&](const FileOperation& operation) -> FileFault {
      if (!CanLackRoom(operation.kind) || seen++ != skipped) return {};
      what = absl::StrCat(operation.path, " kind ", static_cast<int>(operation.kind));
      FileFault fault(absl::ResourceExhaustedError("no space left"));
      fault.written_bytes = operation.length_bytes / 2;
      return fault;
    });
    script.Run();
    script.file_system().SetFaultHook(nullptr);
    const std::string name = absl::StrCat("change ", skipped, ", ", what);
    script.CheckAllGoesOn(name);
    script.CheckSurvivesPowerLoss(name);
    if (testing::Test::HasFailure()) break;
    if (seen <= skipped) break;
    ++failed;
  }
  EXPECT_GT(failed, 30);
}

// Runs the script on a disk that is full from the change behind the `skipped` first on. Returns how
// many changes there were that could lack room.
int64_t RunUntilFull(FullDiskScript* script, int64_t skipped) {
  int64_t seen = 0;
  MemoryFileSystem& files = script->file_system();
  files.SetFaultHook([&](const FileOperation& operation) -> FileFault {
    if (CanLackRoom(operation.kind) && seen++ == skipped)
      files.SetCapacityBytes(files.used_bytes());
    return {};
  });
  script->Run();
  files.SetFaultHook(nullptr);
  return seen;
}

TEST(FullDiskSweep, C07_L06_ADiskThatIsFullFromAnyChangeOnLosesNothingAndAllGoesOnOnceThereIsRoom) {
  for (int64_t skipped = 0;; ++skipped) {
    FullDiskScript script;
    const int64_t seen = RunUntilFull(&script, skipped);
    script.file_system().SetCapacityBytes(kAmple);
    const std::string name = absl::StrCat("change ", skipped);
    script.CheckAllGoesOn(name);
    script.CheckClosesAndReopens(name);
    if (testing::Test::HasFailure()) break;
    if (seen <= skipped) break;
  }
}

TEST(FullDiskSweep, L06_ADiskThatIsFullFromAnyChangeOnIsClosedCleanlyAsItIs) {
  for (int64_t skipped = 0;; ++skipped) {
    FullDiskScript script;
    const int64_t seen = RunUntilFull(&script, skipped);
    const std::string name = absl::StrCat("change ", skipped);
    script.CheckClosesAndReopens(name);
    script.file_system().SetCapacityBytes(kAmple);
    script.CheckAllGoesOn(name);
    if (testing::Test::HasFailure()) break;
    if (seen <= skipped) break;
  }
}

}  // namespace
}  // namespace tidemark
