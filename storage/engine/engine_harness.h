#ifndef TIDEMARK_STORAGE_ENGINE_ENGINE_HARNESS_H_
#define TIDEMARK_STORAGE_ENGINE_ENGINE_HARNESS_H_

// For tests: an engine on a file system in memory, and what one does with it.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine.h"
#include "storage/memory_env.h"

namespace tidemark {

// Appends one record. With `sync`, on stable storage on return.
absl::Status AppendRecord(StorageEngine* engine, const std::string& topic, int32_t partition,
                          absl::string_view value, bool sync);

// The values of all records, from the start to the end.
absl::StatusOr<std::vector<std::string>> ReadRecords(const StorageEngine& engine,
                                                     const std::string& topic, int32_t partition);

class EngineHarness {
 public:
  static constexpr absl::string_view kRoot = "/data";

  // With `task_order`, which must outlive this, each next task is drawn from the ready ones.
  explicit EngineHarness(Random* task_order = nullptr) : executor(&clock, task_order) {}
  ~EngineHarness() { engine.reset(); }

  Environment environment() { return {&file_system, &clock, &executor, &random}; }

  // Lets go of the old engine, if there is one, and opens the directory.
  absl::Status Open();

  // The process ends as it stands, and a new one begins. With a mode, power fails as well.
  void Crash();
  void LosePower(PowerLossMode mode, uint64_t seed);

  absl::Status Append(const std::string& topic, int32_t partition, absl::string_view value,
                      bool sync = true);
  // The error in brackets where there is one.
  std::vector<std::string> Read(const std::string& topic, int32_t partition);

  // Everything in the data directory, with a slash behind directories; sorted.
  std::vector<std::string> List();

  std::string ReadFile(absl::string_view name);
  void WriteFile(absl::string_view name, absl::string_view contents);
  bool Exists(absl::string_view name);

  MemoryFileSystem file_system;
  ManualClock clock;
  ManualExecutor executor;
  SeededRandom random{1};
  EngineOptions options;
  std::unique_ptr<StorageEngine> engine;

 private:
  // Ends the engine's life without letting it write anything more.
  void LetGo();
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_ENGINE_HARNESS_H_
