// A process that ends, or a power loss, at every change of the files, while what is durable is so
// by the journal alone: nothing that was acknowledged is lost, and nothing comes back that was cut
// off.

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"

namespace tidemark {
namespace {

using Values = std::vector<std::string>;

// The records of one partition.
struct Model {
  Values appended;     // What a reader may find is a prefix of it,
  size_t durable = 0;  // of at least so many.
};

// Appends to several logs of two topics, with segments of a few batches and a journal of which each
// half holds some ten groups; cuts, deletes and makes anew; until the process ends.
class JournalScript {
 public:
  JournalScript() {
    harness_.clock.SetNow(absl::FromUnixMillis(1000));
    harness_.options.config = {{"tidemark.journal.bytes", "16384"},
                               {"tidemark.disk.reserve.bytes", "0"}};
  }

  MemoryFileSystem& file_system() { return harness_.file_system; }
  bool has_ended() { return harness_.file_system.crashed(); }

  void Begin() {
    ASSERT_TRUE(harness_.Open().ok());
    Make("a", 2);
    Make("b", 1);
    // The first commits are direct, and have the file made.
    AppendDurably("a", 0);
    harness_.executor.RunUntilIdle();
    ASSERT_TRUE(harness_.Exists("tidemark.journal"));
  }

  void Run() {
    for (int i = 0; i < 5; ++i) {
      AppendDurably("a", i % 2);
      AppendBuffered("b", 0);
      AppendTogether();
      harness_.executor.RunUntilIdle();
    }
    Truncate("a", 0, 3);
    AppendDurably("a", 0);
    Delete("b");
    Make("b", 1);
    for (int i = 0; i < 3; ++i) AppendDurably("b", 0);
    StartAnew("a", 1);
    AppendDurably("a", 1);
    Do([&] { return engine()->Checkpoint(); });
    for (int i = 0; i < 12; ++i) AppendDurably("a", i % 2);
    harness_.executor.RunUntilIdle();
    Truncate("a", 1, 2);
    for (int i = 0; i < 4; ++i) AppendTogether();
    harness_.executor.RunUntilIdle();
  }

  void LosePower(PowerLossMode mode, uint64_t seed) { harness_.LosePower(mode, seed); }
  void EndProcess() { harness_.Crash(); }
  void Reopen() { harness_.Open().IgnoreError(); }
  bool Close() { return engine()->Close().ok(); }
  bool HasJournal() { return harness_.Exists("tidemark.journal"); }

  // In a new process.
  void Check(const std::string& what) {
    harness_.file_system.SetFaultHook(nullptr);
    const absl::Status opened = harness_.Open();
    ASSERT_TRUE(opened.ok()) << what << ": " << opened;
    for (const DirectoryReport& directory : engine()->recovery_report().directories) {
      ASSERT_TRUE(directory.notes.empty()) << what << ": " << directory.notes[0];
    }
    for (const LogRecoveryReport& log : engine()->recovery_report().logs) {
      ASSERT_TRUE(log.error.ok()) << what << ": " << log.error;
      ASSERT_TRUE(log.damaged.empty()) << what << ": " << log.notes[0];
    }
    ASSERT_FALSE(HasJournal()) << what;
    for (const auto& [name, model] : models_) {
      const Values found = harness_.Read(name.first, name.second);
      const size_t least = model.durable;
      ASSERT_GE(found.size(), least) << what << ": " << name.first << "-" << name.second;
      ASSERT_LE(found.size(), model.appended.size())
          << what << ": " << name.first << "-" << name.second;
      ASSERT_TRUE(std::equal(found.begin(), found.end(), model.appended.begin()))
          << what << ": " << name.first << "-" << name.second;
    }
  }

 private:
  using Name = std::pair<std::string, int32_t>;

  StorageEngine* engine() { return harness_.engine.get(); }
  std::shared_ptr<ReplicaLog> Log(const std::string& topic, int32_t partition) {
    const auto log = engine()->GetLog({topic, PartitionId(partition)});
    return log.ok() ? *log : nullptr;
  }

  // True if it was done, and the process lives.
  template <typename Work>
  bool Do(Work work) {
    if (has_ended()) return false;
    const absl::Status status = work();
    if (has_ended()) return false;
    EXPECT_TRUE(status.ok()) << status;
    return status.ok();
  }

  void Make(const std::string& topic, int32_t partitions) {
    const bool made = Do([&] {
      return engine()->CreateTopic(topic, partitions, {{"segment.bytes", "400"}}).status();
    });
    if (!made) return;
    for (int32_t i = 0; i < partitions; ++i) models_[{topic, i}] = Model();
  }

  void Delete(const std::string& topic) {
    if (has_ended()) return;
    // It may be gone from now on.
    std::erase_if(models_, [&](const auto& model) { return model.first.first == topic; });
    Do([&] { return engine()->DeleteTopic(topic); });
  }

  bool Append(const std::string& topic, int32_t partition, bool sync) {
    if (has_ended()) return false;
    Model& model = models_[{topic, partition}];
    const std::string value = absl::StrCat(topic, partition, " record ", next_value_++);
    // It may be there whatever comes of it.
    model.appended.push_back(value);
    if (!Do([&] { return harness_.Append(topic, partition, value, sync); })) return false;
    if (sync) model.durable = model.appended.size();
    return true;
  }

  void AppendDurably(const std::string& topic, int32_t partition) {
    Append(topic, partition, true);
  }
  void AppendBuffered(const std::string& topic, int32_t partition) {
    Append(topic, partition, false);
  }

  // To all logs, and none waits for the others.
  void AppendTogether() {
    const auto told = std::make_shared<std::vector<Name>>();
    for (const auto& [name, unused] : std::map<Name, Model>(models_)) {
      if (!Append(name.first, name.second, false)) return;
      const std::shared_ptr<ReplicaLog> log = Log(name.first, name.second);
      log->AwaitDurable(log->offsets().log_end, [told, name = name](const absl::Status& status) {
        if (status.ok()) told->push_back(name);
      });
    }
    // A process that has ended tells nobody.
    while (!has_ended() && harness_.executor.RunOne()) {
    }
    if (has_ended()) return;
    EXPECT_EQ(told->size(), models_.size());
    for (const Name& name : *told) models_[name].durable = models_[name].appended.size();
  }

  void Truncate(const std::string& topic, int32_t partition, size_t left) {
    if (has_ended()) return;
    Model& model = models_[{topic, partition}];
    model.durable = std::min(model.durable, left);
    if (!Do([&] {
          return Log(topic, partition)->TruncateTo(Offset(static_cast<int64_t>(left)));
        })) {
      return;
    }
    model.appended.resize(left);
    model.durable = left;
  }

  void StartAnew(const std::string& topic, int32_t partition) {
    if (has_ended()) return;
    Model& model = models_[{topic, partition}];
    model.durable = 0;
    if (Do([&] { return Log(topic, partition)->TruncateFullyAndStartAt(Offset(0)); })) {
      model.appended.clear();
    }
  }

  EngineHarness harness_;
  std::map<Name, Model> models_;
  int next_value_ = 0;
};

// Returns how many changes of the files the script makes.
int64_t CountChanges() {
  JournalScript script;
  script.Begin();
  int64_t changes = 0;
  script.file_system().SetFaultHook([&](const FileOperation& operation) -> FileFault {
    if (operation.change_ordinal > 0) ++changes;
    return {};
  });
  script.Run();
  EXPECT_FALSE(script.has_ended());
  return changes;
}

// The script, until right after the change behind the `skipped` first.
std::unique_ptr<JournalScript> RunUntil(int64_t skipped) {
  auto script = std::make_unique<JournalScript>();
  script->Begin();
  auto seen = std::make_shared<int64_t>(0);
  script->file_system().SetFaultHook([seen, skipped](const FileOperation& operation) -> FileFault {
    FileFault fault;
    fault.crash = operation.change_ordinal > 0 && (*seen)++ == skipped;
    return fault;
  });
  script->Run();
  return script;
}

TEST(JournalCrash, B01_APowerLossAtAnyChangeTakesNothingThatIsDurable) {
  const int64_t changes = CountChanges();
  EXPECT_GT(changes, 150);
  for (int64_t skipped = 0; skipped < changes; ++skipped) {
    const std::string what = absl::StrCat("change ", skipped);
    const std::unique_ptr<JournalScript> script = RunUntil(skipped);
    const MemorySnapshot end = script->file_system().Snapshot();
    for (const PowerLossMode mode : {PowerLossMode::kDropAll, PowerLossMode::kSubset,
                                     PowerLossMode::kSubsetWithGarbage, PowerLossMode::kOrdered}) {
      const uint64_t seeds = mode == PowerLossMode::kDropAll ? 1 : 2;
      for (uint64_t seed = 0; seed < seeds; ++seed) {
        script->file_system().Restore(end);
        script->LosePower(mode, seed);
        script->Check(absl::StrCat(what, ", mode ", static_cast<int>(mode), ", seed ", seed));
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

TEST(JournalCrash, A01_AProcessThatEndsAtAnyChangeLosesNothing) {
  const int64_t changes = CountChanges();
  for (int64_t skipped = 0; skipped < changes; skipped += 3) {
    const std::unique_ptr<JournalScript> script = RunUntil(skipped);
    script->EndProcess();
    script->Check(absl::StrCat("change ", skipped));
    if (testing::Test::HasFatalFailure()) return;
  }
}

// The journal is put back, and that is interrupted, at any change, and done again.
TEST(JournalCrash, B01_AReplayThatIsInterruptedIsDoneAgain) {
  JournalScript script;
  script.Begin();
  script.Run();
  script.LosePower(PowerLossMode::kDropAll, 0);
  ASSERT_TRUE(script.HasJournal());
  const MemorySnapshot before = script.file_system().Snapshot();
  for (int64_t skipped = 0;; ++skipped) {
    script.file_system().Restore(before);
    int64_t seen = 0;
    script.file_system().SetFaultHook([&](const FileOperation& operation) -> FileFault {
      FileFault fault;
      fault.crash = operation.change_ordinal > 0 && seen++ == skipped;
      return fault;
    });
    script.Reopen();
    script.file_system().SetFaultHook(nullptr);
    if (seen <= skipped) break;
    script.LosePower(PowerLossMode::kSubsetWithGarbage, static_cast<uint64_t>(skipped));
    script.Check(absl::StrCat("change ", skipped));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(JournalCrash, ACleanStopLeavesNoJournal) {
  JournalScript script;
  script.Begin();
  script.Run();
  EXPECT_TRUE(script.HasJournal());
  EXPECT_TRUE(script.Close());
  EXPECT_FALSE(script.HasJournal());
  script.LosePower(PowerLossMode::kDropAll, 0);
  script.Check("a clean stop");
}

}  // namespace
}  // namespace tidemark
