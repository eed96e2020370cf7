#ifndef TIDEMARK_TESTS_HISTORIES_WORLD_H_
#define TIDEMARK_TESTS_HISTORIES_WORLD_H_

// An engine on a file system in memory beside the models of its partitions.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine.h"
#include "storage/engine/engine_harness.h"
#include "storage/memory_env.h"
#include "tests/histories/history.h"
#include "tests/histories/model.h"

namespace tidemark {

struct Partition {
  std::shared_ptr<ReplicaLog> log;
  LogModel model;
  absl::optional<int64_t> high_watermark;  // Once it was set in this life.
  int32_t leader_epoch = 0;                // The latest that was appended with or assigned.
  // A truncation, say, has failed: what the log looks like is not known until it is opened anew.
  bool is_unsettled = false;
  // A sync has failed and somebody was told: nothing more is appended until then.
  bool is_fenced = false;
};

// A failure is a status whose message begins with what kind it is, up to a colon.
class World {
 public:
  // May change what the log is given in place of each batch: for tests of the tester.
  using Tamper = std::function<void(ModelBatch*)>;

  World(const History& history, Tamper tamper);
  ~World();

  absl::Status Begin();

  int64_t partition_count() const { return static_cast<int64_t>(partitions_.size()); }
  Partition& partition(int64_t index) {
    return partitions_[static_cast<size_t>(index % partition_count())];
  }
  StorageEngine& engine() { return *harness_.engine; }
  ManualClock& clock() { return harness_.clock; }
  ManualExecutor& executor() { return harness_.executor; }
  MemoryFileSystem& file_system() { return harness_.file_system; }
  int64_t now_ms() { return absl::ToUnixMillis(harness_.clock.Now()); }
  int64_t NextNumber() { return ++number_; }
  ModelBatch MaybeTamper(ModelBatch batch) const;

  bool died() { return harness_.file_system.crashed(); }
  // OK if the world has done something that explains `status`; else a finding.
  absl::Status Excuse(absl::string_view what, const absl::Status& status);
  bool has_trouble() const { return fired_ > 0 || is_full_; }

  // Faults as an operation asks for them; at most one at a time.
  void SetFault(const Operation& operation);
  void SetDiskFull(int64_t room);
  void EndFaults();
  // While one lives, no fault strikes: for looking.
  class Quiet {
   public:
    explicit Quiet(World* world) : world_(world) { ++world_->quiet_; }
    ~Quiet() { --world_->quiet_; }

   private:
    World* const world_;
  };

  // Ends this life in the way said, begins the next, and compares.
  absl::Status Reopen(bool keep_faults);
  absl::Status Crash(int64_t mode, int64_t seed, bool keep_faults);
  void CrashAfter(const Operation& operation);
  // The death that CrashAfter asked for, if it has come.
  absl::Status CrashIfDied();

  // The setting as it holds for the topic.
  std::string SettingOf(absl::string_view name);
  int64_t NumberOf(absl::string_view name);
  absl::Status SetConfig(const std::string& setting, const std::string& value);

  // The epoch of the next append, once something was cut or opened.
  static void NoteEpoch(Partition* one);

  // All that can be read of a partition, compared with its model.
  absl::Status CheckAll(Partition* one);
  absl::Status CheckOffsets(Partition* one);
  // All batches from an offset on to the end.
  absl::StatusOr<std::string> ReadAll(const ReplicaLog& log, int64_t from, bool committed);

  // For what may run compaction or retention: to be called before and after.
  void BeforeUpkeep();
  absl::Status AfterUpkeep();

  static constexpr absl::string_view kTopic = "t";

 private:
  FileFault OnOperation(const FileOperation& operation);
  void NoteFailedSync(absl::string_view path);
  absl::Status OpenAndCompare(Ending ending, bool keep_faults);
  absl::Status OpenOnce();
  absl::Status Compare(Ending ending);
  absl::Status CheckStartMoved(Partition* one, int64_t found);

  SeededRandom task_order_;
  EngineHarness harness_;
  const Tamper tamper_;
  std::vector<Partition> partitions_;
  int64_t number_ = 0;

  Operation fault_;
  bool fault_is_set_ = false;
  int64_t matching_ = 0;
  int64_t fired_ = 0;  // In this life.
  bool is_full_ = false;
  int quiet_ = 0;
  int64_t crash_mode_ = 0;
  int64_t crash_seed_ = 0;
  ConfigMap config_;
  std::vector<ConfigMap> maybe_configs_;  // Of changes that failed.
  int64_t upkeep_from_ms_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_HISTORIES_WORLD_H_
