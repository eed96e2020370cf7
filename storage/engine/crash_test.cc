// A crash or a failure at every single change of the file system leaves each change of a topic done
// or not done, and nothing lost that was acknowledged.
//
// One script uses every call. A model follows what each call was asked and what it answered; what
// is found afterwards must be the model's state before or after the call that was interrupted.

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/engine/engine_harness.h"

namespace tidemark {
namespace {

struct ModelTopic {
  int32_t partition_count = 0;
  ConfigMap config;
  // On stable storage for sure. More may be there.
  std::map<int32_t, std::vector<std::string>> records;
};

using Model = std::map<std::string, ModelTopic>;

struct Step {
  std::string name;
  std::function<absl::Status(EngineHarness*)> run;
  // What holds when `run` has returned OK.
  std::function<void(Model*)> apply;
};

Step Create(const std::string& topic, int32_t count, const ConfigMap& config) {
  return {absl::StrCat("create ", topic),
          [=](EngineHarness* h) { return h->engine->CreateTopic(topic, count, config).status(); },
          [=](Model* model) {
            (*model)[topic] = {count, config, {}};
          }};
}

Step Delete(const std::string& topic) {
  return {absl::StrCat("delete ", topic),
          [=](EngineHarness* h) { return h->engine->DeleteTopic(topic); },
          [=](Model* model) { model->erase(topic); }};
}

Step Add(const std::string& topic, int32_t count) {
  return {absl::StrCat("add ", topic),
          [=](EngineHarness* h) { return h->engine->AddPartitions(topic, count); },
          [=](Model* model) { (*model)[topic].partition_count = count; }};
}

Step Alter(const std::string& topic, const ConfigMap& set) {
  return {absl::StrCat("alter ", topic),
          [=](EngineHarness* h) { return h->engine->AlterTopicConfig(topic, set, {}); },
          [=](Model* model) { (*model)[topic].config = set; }};
}

Step Append(const std::string& topic, int32_t partition, const std::string& value, bool sync) {
  return {absl::StrCat("append ", topic),
          [=](EngineHarness* h) { return h->Append(topic, partition, value, sync); },
          [=](Model* model) {
            if (sync) (*model)[topic].records[partition].push_back(value);
          }};
}

Step Checkpoint() {
  return {"checkpoint", [](EngineHarness* h) { return h->engine->Checkpoint(); }, [](Model*) {}};
}

Step Close() {
  return {"close", [](EngineHarness* h) { return h->engine->Close(); }, [](Model*) {}};
}

Step Open() {
  return {"open", [](EngineHarness* h) { return h->Open(); }, [](Model*) {}};
}

// Runs on a directory with the topics "base", which stays, and "old", which goes.
std::vector<Step> Script() {
  return {
      Open(),
      Create("new", 2, {{"segment.bytes", "200"}}),
      Append("new", 1, "n1", true),
      Append("base", 0, "b1", true),
      Checkpoint(),
      Add("base", 2),
      Append("base", 1, "b2", true),
      Alter("base", {{"max.message.bytes", "9999"}}),
      Delete("old"),
      Create("old", 1, {}),
      Append("old", 0, "o1", false),
      Close(),
      Open(),
      Delete("new"),
  };
}

Model PrepareDirectory(EngineHarness* harness) {
  const std::vector<Step> steps = {
      Open(),
      Create("base", 1, {}),
      Create("old", 1, {{"segment.ms", "1000"}}),
      Append("base", 0, "b0", true),
      Append("old", 0, "x0", true),
      Append("old", 0, "x1", true),
      Checkpoint(),
  };
  Model model;
  for (const Step& step : steps) {
    const absl::Status status = step.run(harness);
    EXPECT_TRUE(status.ok()) << step.name << ": " << status;
    step.apply(&model);
  }
  harness->Crash();
  return model;
}

bool BeginsWith(const std::vector<std::string>& values, const std::vector<std::string>& prefix) {
  return values.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), values.begin());
}

// "" if the topic is what the model says, or not there if the model does not know it.
std::string CompareTopic(EngineHarness* harness, const std::string& name, const Model& model) {
  const auto described = harness->engine->DescribeTopic(name);
  const auto expected = model.find(name);
  if (expected == model.end()) return described.ok() ? "is there" : "";
  if (!described.ok()) return "is not there";
  const ModelTopic& topic = expected->second;
  if (described->partition_count != topic.partition_count) {
    return absl::StrCat("has ", described->partition_count, " partitions");
  }
  if (described->config != topic.config) return "has other settings";
  for (int32_t partition = 0; partition < topic.partition_count; ++partition) {
    const std::vector<std::string> values = harness->Read(name, partition);
    const auto records = topic.records.find(partition);
    if (records != topic.records.end() && !BeginsWith(values, records->second)) {
      return absl::StrCat("lost records of partition ", partition);
    }
    if (!values.empty() && values[0][0] == '[') return values[0];
    const absl::Status appended = harness->Append(name, partition, "more");
    if (!appended.ok()) return appended.ToString();
  }
  return "";
}

// Every topic is as before or as after the step that was interrupted.
void ExpectBeforeOrAfter(EngineHarness* harness, const Model& before, const Model& after,
                         const std::string& context) {
  for (const std::string name : {"base", "old", "new"}) {
    const std::string against_before = CompareTopic(harness, name, before);
    if (against_before.empty()) continue;
    const std::string against_after = CompareTopic(harness, name, after);
    EXPECT_EQ(against_after, "") << context << ": topic " << name
                                 << "; before the step: " << against_before;
  }
}

// Nothing lies about that belongs to no topic.
void ExpectNoLeftovers(EngineHarness* harness, const std::string& context) {
  const std::vector<std::string> topics = harness->engine->ListTopics();
  for (const std::string& name : harness->List()) {
    EXPECT_FALSE(absl::EndsWith(name, "-delete/")) << context << ": " << name;
    EXPECT_NE(name, "tidemark.tmp") << context;
    const size_t end = name.find_first_of("-.");
    const bool belongs_to_topic = absl::EndsWith(name, "/") || absl::EndsWith(name, ".topic");
    if (!belongs_to_topic) continue;
    EXPECT_TRUE(std::count(topics.begin(), topics.end(), name.substr(0, end)) == 1)
        << context << ": " << name;
  }
}

void CheckDirectory(EngineHarness* harness, const Model& before, const Model& after,
                    const std::string& context) {
  const absl::Status opened = harness->Open();
  ASSERT_TRUE(opened.ok()) << context << ": " << opened;
  ExpectBeforeOrAfter(harness, before, after, context);
  ExpectNoLeftovers(harness, context);
}

// The same, and what was repaired is closed and opened as if nothing had been.
void CheckTwice(EngineHarness* harness, const Model& before, const Model& after,
                const std::string& context) {
  CheckDirectory(harness, before, after, context);
  if (harness->engine == nullptr) return;
  const absl::Status closed = harness->engine->Close();
  ASSERT_TRUE(closed.ok()) << context << ": " << closed;
  const absl::Status reopened = harness->Open();
  ASSERT_TRUE(reopened.ok()) << context << ": " << reopened;
  EXPECT_TRUE(harness->engine->recovery_report().was_clean);
  ExpectBeforeOrAfter(harness, before, after, absl::StrCat(context, ", reopened"));
}

struct Interrupted {
  Model before;
  Model after;
  std::string step;  // Empty if the script came to its end.
};

// Runs the script until the file system dies.
Interrupted RunUntilCrash(EngineHarness* harness, Model model) {
  for (const Step& step : Script()) {
    const absl::Status status = step.run(harness);
    Model after = model;
    step.apply(&after);
    if (harness->file_system.crashed()) return {status.ok() ? after : model, after, step.name};
    EXPECT_TRUE(status.ok()) << step.name << ": " << status;
    model = std::move(after);
  }
  return {model, model, ""};
}

class CrashTest : public ::testing::Test {
 protected:
  CrashTest() : model_(PrepareDirectory(&harness_)), start_(harness_.file_system.Snapshot()) {}

  // Calls `check` for a crash after each change that the script makes.
  void ForEachCrash(
      const std::function<void(const Interrupted&, const MemorySnapshot&, int64_t)>& check) {
    for (int64_t changes = 1; !HasFatalFailure(); ++changes) {
      harness_.engine.reset();
      harness_.file_system.Restore(start_);
      harness_.file_system.CrashAfterChanges(changes);
      Interrupted interrupted = RunUntilCrash(&harness_, model_);
      if (interrupted.step.empty()) break;
      harness_.engine.reset();
      interrupted.step = absl::StrCat(interrupted.step, ", after change ", changes);
      check(interrupted, harness_.file_system.Snapshot(), changes);
    }
    harness_.file_system.CrashAfterChanges(0);
  }

  EngineHarness harness_;
  const Model model_;
  const MemorySnapshot start_;
};

TEST_F(CrashTest, AProcessThatDiesAnywhereLosesNothing) {
  int64_t crashes = 0;
  ForEachCrash([&](const Interrupted& interrupted, const MemorySnapshot& snapshot, int64_t) {
    ++crashes;
    harness_.file_system.Restore(snapshot);
    CheckTwice(&harness_, interrupted.before, interrupted.after, interrupted.step);
  });
  EXPECT_GT(crashes, 100);
}

TEST_F(CrashTest, APowerLossAnywhereLosesNothingThatWasDurable) {
  // A rename commits a change, and the removal of a topic's file ends one: what either relies on
  // must have been durable before.
  bool relies_on_earlier = false;
  harness_.file_system.SetFaultHook([&](const FileOperation& operation) {
    if (operation.change_ordinal != 0) {
      relies_on_earlier = operation.kind == FileOperation::Kind::kRename ||
                          (operation.kind == FileOperation::Kind::kRemove &&
                           absl::EndsWith(operation.path, ".topic"));
    }
    return FileFault();
  });
  ForEachCrash([&](const Interrupted& interrupted, const MemorySnapshot& snapshot,
                   int64_t changes) {
    constexpr PowerLossMode kModes[] = {PowerLossMode::kDropAll, PowerLossMode::kOrdered,
                                        PowerLossMode::kSubset, PowerLossMode::kSubsetWithGarbage};
    // A change is committed by a rename: what it needs must have been durable before.
    const int64_t losses = relies_on_earlier ? 12 : 2;
    for (int64_t loss = 0; loss < losses; ++loss) {
      const int64_t mode = loss == 0 ? 0 : (changes + loss) % 3 + 1;
      harness_.engine.reset();
      harness_.file_system.Restore(snapshot);
      harness_.LosePower(kModes[mode], static_cast<uint64_t>(changes * 100 + loss));
      CheckDirectory(&harness_, interrupted.before, interrupted.after,
                     absl::StrCat(interrupted.step, ", power loss ", mode));
    }
  });
  harness_.file_system.SetFaultHook(nullptr);
}

TEST_F(CrashTest, ASecondFailureWhileTheFirstIsRepairedLosesNothingEither) {
  ForEachCrash(
      [&](const Interrupted& interrupted, const MemorySnapshot& snapshot, int64_t changes) {
        const std::string context = absl::StrCat(interrupted.step, ", then another");
        // The process dies, the next one dies in the middle of opening, then power fails.
        harness_.engine.reset();
        harness_.file_system.Restore(snapshot);
        harness_.file_system.CrashAfterChanges(changes % 11 + 1);
        harness_.Open().IgnoreError();
        harness_.LosePower(changes % 2 == 0 ? PowerLossMode::kSubset : PowerLossMode::kDropAll,
                           static_cast<uint64_t>(changes));
        harness_.file_system.CrashAfterChanges(0);
        CheckDirectory(&harness_, interrupted.before, interrupted.after, context);
      });
}

// A failed change may have been made or not, as long as the engine and the disk come to agree.
void RunWithFailures(EngineHarness* harness, std::vector<Model>* possible) {
  for (const Step& step : Script()) {
    if (harness->engine == nullptr && step.name != "open") return;
    const absl::Status status = step.run(harness);
    std::vector<Model> next;
    for (const Model& model : *possible) {
      Model after = model;
      step.apply(&after);
      if (!status.ok()) next.push_back(model);
      next.push_back(std::move(after));
    }
    *possible = std::move(next);
    if (!status.ok()) return;
  }
}

class FailureTest : public CrashTest {
 protected:
  // Runs the script from the start; `choose` says what becomes of its n-th change, from 1. Returns
  // what may be there afterwards.
  std::vector<Model> Run(const std::function<FileFault(int64_t)>& choose) {
    harness_.engine.reset();
    harness_.file_system.Restore(start_);
    const int64_t earlier = harness_.file_system.changes();
    harness_.file_system.SetFaultHook([&choose, earlier](const FileOperation& operation) {
      return operation.change_ordinal == 0 ? FileFault()
                                           : choose(operation.change_ordinal - earlier);
    });
    std::vector<Model> possible = {model_};
    RunWithFailures(&harness_, &possible);
    harness_.file_system.SetFaultHook(nullptr);
    return possible;
  }

  // What the engine that saw the failure shows is consistent.
  void CheckLists(const std::string& context) {
    if (harness_.engine == nullptr) return;
    const std::vector<std::string> listed = harness_.engine->ListTopics();
    for (const std::string name : {"base", "old", "new"}) {
      const bool is_listed = std::count(listed.begin(), listed.end(), name) > 0;
      // A partition may be offline, and is there nevertheless.
      const absl::Status found = harness_.engine->GetLog({name, PartitionId(0)}).status();
      EXPECT_EQ(is_listed, !absl::IsNotFound(found)) << context << ": " << found;
    }
  }

  // Fails the n-th change of the script, for each n, and looks at what is there afterwards, with
  // the engine that saw the failure and with a new one.
  void FailEachChange(const absl::Status& error, bool for_ever) {
    bool has_failed = true;
    for (int64_t failing = 1; has_failed && !HasFatalFailure(); ++failing) {
      has_failed = false;
      const std::vector<Model> possible = Run([&](int64_t change) {
        const bool fails = change == failing || (for_ever && change > failing);
        has_failed = has_failed || fails;
        return fails ? FileFault(error) : FileFault();
      });
      const std::string context = absl::StrCat("change ", failing, " failed");
      CheckLists(context);
      harness_.Crash();
      CheckDirectory(&harness_, possible.front(), possible.back(), context);
    }
  }
};

TEST_F(FailureTest, ACrashSoonAfterAFailureLosesNothing) {
  for (const int64_t distance : {1, 3}) {
    bool has_failed = true;
    for (int64_t failing = 1; has_failed && !HasFatalFailure(); ++failing) {
      has_failed = false;
      const std::vector<Model> possible = Run([&](int64_t change) {
        FileFault fault;
        if (change == failing) fault.status = absl::UnavailableError("I/O error");
        fault.crash = change == failing + distance;
        has_failed = has_failed || change == failing;
        return fault;
      });
      harness_.Crash();
      CheckDirectory(&harness_, possible.front(), possible.back(),
                     absl::StrCat("change ", failing, " failed, ", distance, " later a crash"));
    }
  }
}

TEST_F(FailureTest, AFailureOnceLosesNothing) {
  FailEachChange(absl::UnavailableError("I/O error"), /*for_ever=*/false);
}

TEST_F(FailureTest, AFailureForEverLosesNothing) {
  FailEachChange(absl::UnavailableError("I/O error"), /*for_ever=*/true);
}

TEST_F(FailureTest, AFullDiskLosesNothing) {
  FailEachChange(absl::ResourceExhaustedError("no space left"), /*for_ever=*/true);
}

// What DeleteRecords has hidden does not come back, and what is appended to the new log is there.
TEST(CheckpointCrash, ACheckpointWhileALogStartsAnewLowerStoresNeitherStartTooEarlyNorTooLate) {
  bool has_reached = true;
  for (int64_t at = 1; has_reached && !testing::Test::HasFailure(); ++at) {
    for (const bool dies_at_once : {true, false}) {
      SCOPED_TRACE(absl::StrCat("change ", at, dies_at_once ? ", the last one" : ""));
      EngineHarness harness;
      ASSERT_TRUE(harness.Open().ok());
      ASSERT_TRUE(harness.engine->CreateTopic("t", 1, {}).ok());
      for (int i = 0; i < 10; ++i) ASSERT_TRUE(harness.Append("t", 0, "old").ok());
      const std::shared_ptr<ReplicaLog> log = *harness.engine->GetLog({"t", PartitionId(0)});
      ASSERT_TRUE(log->DeleteRecordsBefore(Offset(7)).ok());
      int64_t changes = 0;
      harness.file_system.SetFaultHook([&](const FileOperation& operation) {
        FileFault fault;
        // The files of checkpoints are written under a lock.
        const bool counts =
            operation.change_ordinal > 0 && absl::StartsWith(operation.path, "/data/t-0");
        if (!counts || ++changes != at) return fault;
        EXPECT_TRUE(harness.engine->Checkpoint().ok());
        fault.crash = dies_at_once;
        return fault;
      });
      const absl::Status status = log->TruncateFullyAndStartAt(Offset(3));
      harness.file_system.SetFaultHook(nullptr);
      has_reached = changes >= at;
      if (!dies_at_once) {
        ASSERT_TRUE(status.ok()) << status;
        ASSERT_TRUE(harness.Append("t", 0, "new").ok());
      }
      harness.Crash();
      ASSERT_TRUE(harness.Open().ok());
      const LogOffsets found = (*harness.engine->GetLog({"t", PartitionId(0)}))->offsets();
      if (found.log_start != Offset(7) || !dies_at_once) {
        EXPECT_EQ(found.log_start, Offset(3));
        EXPECT_EQ(found.log_end, Offset(dies_at_once ? 3 : 4));
      }
    }
  }
}

}  // namespace
}  // namespace tidemark
