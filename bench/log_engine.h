#ifndef TIDEMARK_BENCH_LOG_ENGINE_H_
#define TIDEMARK_BENCH_LOG_ENGINE_H_

// Tidemark as a program sets it up that takes storage/engine.h and storage/log.h.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine.h"
#include "storage/env.h"
#include "storage/log.h"

namespace tidemark {

inline constexpr char kBenchTopic[] = "bench";
// In a data directory.
inline constexpr char kJournalName[] = "tidemark.journal";

// An engine with the system's seams and one topic.
class LogEngine {
 public:
  // Opens "<directory>/data", with a journal of so many bytes, which is there then, or without one.
  // Makes the topic, if it is not there, with so many partitions and these settings.
  static absl::StatusOr<std::unique_ptr<LogEngine>> Open(const std::string& directory,
                                                         int partitions,
                                                         const ConfigMap& topic_config = {},
                                                         int64_t journal_bytes = 0);
  ~LogEngine();

  StorageEngine& engine() { return *engine_; }
  ReplicaLog& log(int partition = 0) { return *logs_[static_cast<size_t>(partition)]; }
  absl::Status Close() { return engine_->Close(); }

 private:
  LogEngine();

  const std::unique_ptr<FileSystem> file_system_;
  const std::unique_ptr<Clock> clock_;
  const std::unique_ptr<Executor> executor_;
  const std::unique_ptr<Random> random_;
  std::unique_ptr<StorageEngine> engine_;
  std::vector<std::shared_ptr<ReplicaLog>> logs_;
};

// Appends batches of 16 records of 1 KiB until they come to `size_bytes`: a log's file grows in
// small steps at first, and what is measured is what comes later.
absl::Status FillSteadily(int64_t size_bytes, Log* log);

// Appends `batches` copies of the batch.
absl::Status Fill(absl::string_view batch, int64_t batches, Log* log);

// DATA_LOSS unless all that the log has from `offset` on are copies of `batch` with the right CRC.
// Adds to `batches` how many.
absl::Status CheckLog(Offset offset, absl::string_view batch, LogReader* log, int64_t* batches);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_LOG_ENGINE_H_
