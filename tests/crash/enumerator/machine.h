#ifndef TIDEMARK_TESTS_CRASH_ENUMERATOR_MACHINE_H_
#define TIDEMARK_TESTS_CRASH_ENUMERATOR_MACHINE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/engine.h"
#include "storage/env.h"
#include "storage/log.h"
#include "storage/memory_env.h"
#include "storage/options.h"
#include "storage/types.h"
#include "tests/crash/enumerator/observation.h"

namespace tidemark {

// What a machine needs to know of the lives before its own besides the files.
struct Notes {
  absl::Duration elapsed;
  // What an engine keeps in its checkpoints. Only a log without an engine has them here: never lost
  // and never too early, as its contract wants it.
  Offset recovery_point{0};
  Offset log_start{0};
  bool was_clean = false;

  friend bool operator==(const Notes&, const Notes&) = default;
};

// One life of the library, the way a process would have it, with a clock that stands still and an
// executor that the owner drives.
class Machine {
 public:
  Machine(FileSystem* file_system, const Notes& notes) : file_system_(file_system), notes_(notes) {
    clock_.Advance(notes.elapsed);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  virtual ~Machine() = default;

  // What a life finds on a new disk. Done before anything is recorded.
  virtual absl::Status Prepare(FileSystem* file_system) = 0;
  virtual absl::Status Open() = 0;
  virtual absl::Status Close() = 0;
  // Ends everything without Close; what is still written is the owner's to undo.
  virtual void LetGo() = 0;

  virtual absl::StatusOr<std::shared_ptr<ReplicaLog>> GetLog(const TopicPartition& name) const = 0;
  // Writes down how far everything is flushed.
  virtual absl::Status Checkpoint() = 0;
  virtual StorageEngine* engine() const { return nullptr; }

  // Of a machine with transactions: writes to all partitions and to a group's offsets, and ends
  // that durably. The first one makes the topic and opens the producer.
  virtual absl::Status WriteTransaction(int64_t /*number*/) { return absl::UnimplementedError(""); }
  virtual absl::Status EndTransaction(bool /*is_commit*/) { return absl::UnimplementedError(""); }
  virtual bool has_transactions() const { return false; }

  virtual Observation Observe() = 0;
  // The opening took all, or some log, for what a stop has left, and recovered nothing there.
  virtual bool WasClean() const = 0;
  // What the opening had to drop, to make anew or to remark upon.
  virtual std::vector<std::string> Repairs() const = 0;
  // What can be made anew from the logs.
  virtual std::vector<std::string> SideFiles(FileSystem* file_system) const = 0;

  const Notes& notes() const { return notes_; }
  void Advance(absl::Duration duration) {
    executor_.AdvanceBy(duration);
    notes_.elapsed += duration;
  }
  int64_t RunUntilIdle() { return executor_.RunUntilIdle(); }

 protected:
  FileSystem* const file_system_;
  Notes notes_;
  ManualClock clock_;
  ManualExecutor executor_{&clock_};
  SeededRandom random_{1};
};

// The process dies: nothing that the machine still does has an effect. The file system is to be
// restored from a snapshot before it is used again.
void LetGoDead(MemoryFileSystem* file_system, Machine* machine);

// Those of them in one partition's directory.
std::vector<std::string> SideFilesIn(FileSystem* file_system, const std::string& directory);

// Given to the library in place of the memory's file system, which outlives it: itself, or a double
// that does something wrong. Null for itself.
using WrapFileSystem = std::function<std::unique_ptr<FileSystem>(FileSystem* file_system)>;

using MachineMaker =
    std::function<std::unique_ptr<Machine>(FileSystem* file_system, const Notes& notes)>;

// A log without an engine: topic "t", partition 0, in "/log".
MachineMaker LogMachines(const LogConfig& config);

// A Tidemark in "/data", with transactions over two partitions and a group.
MachineMaker TideMachines();

// An engine in "/data", and in those.
MachineMaker EngineMachines(const ConfigMap& config,
                            const std::vector<std::string>& more_directories = {});

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_CRASH_ENUMERATOR_MACHINE_H_
