#ifndef TIDEMARK_STORAGE_LOG_LOG_APPENDER_H_
#define TIDEMARK_STORAGE_LOG_LOG_APPENDER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/env.h"
#include "storage/log.h"
#include "storage/log/epoch_log.h"
#include "storage/log/log_writer.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// Checks what is to be appended, gives it its time, and begins the leader epochs that it brings.
// Nothing is synced here: `durability` is kBuffered. Thread-safe.
class LogAppender {
 public:
  LogAppender(Clock* clock, LogWriter* writer, EpochLog* epochs)
      : clock_(clock), writer_(writer), epochs_(epochs) {}

  // See Log::Append.
  absl::StatusOr<AppendResult> AppendAsLeader(absl::Span<char> batch, const AppendOptions& options);

  // See Log::EndTransaction.
  absl::StatusOr<AppendResult> EndTransaction(const TransactionEnd& end,
                                              const AppendOptions& options);

  // See ReplicaLog::AppendAsFollower.
  absl::StatusOr<AppendResult> AppendAsFollower(absl::string_view batches);

 private:
  absl::StatusOr<LogWriter::Place> AppendInEpoch(const LogWriter::Batch& batch);

  Clock* const clock_;
  LogWriter* const writer_;
  EpochLog* const epochs_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_APPENDER_H_
