#ifndef TIDEMARK_TESTS_CRASH_ENUMERATOR_STAGE_H_
#define TIDEMARK_TESTS_CRASH_ENUMERATOR_STAGE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/memory_env.h"
#include "tests/crash/enumerator/expectation.h"
#include "tests/crash/enumerator/machine.h"
#include "tests/crash/enumerator/recorder.h"

namespace tidemark {

struct AppendKind {
  int records = 1;
  int value_bytes = 10;
  int keys = 0;  // So many different ones; 0 for none.
  // Of a producer with this id.
  int64_t producer = -1;
  bool is_transactional = false;
  LeaderEpoch epoch{0};
  bool as_follower = false;
};

// Where a workload plays: makes public calls of the library, one after the other, and keeps the
// account of what was asked and answered, outside of the disk. A record's bytes are a function of
// its number. Calls that have no place where the log stands do nothing. After a call that fails
// nothing more is done.
class Stage {
 public:
  // A life on a new disk. `wrap` as in EnumeratorOptions; `faults` is asked from BeginRecording on.
  Stage(const MachineMaker& make, const WrapFileSystem& wrap, FileFaultHook faults = nullptr);
  // A life on what another one has left, to begin with Recover. Its records are numbered from
  // `first_number` on.
  Stage(const MachineMaker& make, const WrapFileSystem& wrap, const CrashPoint& begin,
        int64_t first_number);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage();

  // From here on moments are kept.
  void BeginRecording();
  std::vector<CrashPoint> TakePoints();
  size_t point_count() const { return recorder_->count(); }
  // Of the call that failed.
  const absl::Status& status() const { return status_; }

  // Those that there are; in order.
  std::vector<TopicPartition> partitions() const;
  const PartitionExpectation& account(const TopicPartition& name) { return *Partition(name); }
  bool has_transactions() const { return machine_->has_transactions(); }

  void Open();
  // Opens what a crash has left. From its return on the account is that of what was found.
  void Recover();
  void Close();
  // What waits on the executor.
  void RunTasks();
  void Advance(absl::Duration duration);
  void Checkpoint();

  void Append(const AppendKind& kind = {}) { AppendTo({"t", PartitionId(0)}, kind); }
  void AppendTo(const TopicPartition& name, const AppendKind& kind);
  void EndTransaction(int64_t producer, bool is_commit);
  void Sync(const TopicPartition& name = {"t", PartitionId(0)});
  void AssignEpoch(LeaderEpoch epoch);
  // To all but the last `batches` batches.
  void Truncate(int batches);
  void Restart(int64_t distance);
  // All but the last `records` records.
  void DeleteRecords(int64_t records);

  // Durable, over several partitions and a group.
  void WriteTransaction(int64_t number);
  void FinishTransaction(bool is_commit);

  void CreateTopic(const std::string& topic, int32_t partitions, const ConfigMap& config);
  void DeleteTopic(const std::string& topic);
  void AddPartitions(const std::string& topic, int32_t partitions);
  void AlterTopic(const std::string& topic, const ConfigMap& set);
  void AlterEngine(const ConfigMap& set);
  void Retain(const std::string& topic);
  void Compact(const std::string& topic);

 private:
  const TopicPartition kOnly{"t", PartitionId(0)};

  bool Begin(absl::string_view call);
  void End(const absl::Status& status);
  // The account is about to be changed.
  void Change() { published_ = nullptr; }
  std::shared_ptr<const Expectation> Published();
  PartitionExpectation* Partition(const TopicPartition& name);
  std::shared_ptr<ReplicaLog> Log(const TopicPartition& name);
  std::string MakeBatch(const AppendKind& kind);
  void Acknowledge(const TopicPartition& name, Offset next_offset, bool is_durable);
  void RewindSequences(const PartitionExpectation& partition);
  bool KnowsTopic(const std::string& topic) const;
  std::vector<TopicPartition> PartitionsOf(const std::string& topic) const;

  MemoryFileSystem disk_;
  const FileFaultHook faults_;
  std::unique_ptr<FileSystem> wrapped_;
  const MachineMaker make_;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<Recorder> recorder_;
  Expectation expectation_;
  std::shared_ptr<const Expectation> published_;
  std::string during_;
  absl::Status status_;
  int64_t next_number_ = 0;
  std::map<int64_t, Sequence> next_sequences_;
  int64_t transaction_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_CRASH_ENUMERATOR_STAGE_H_
