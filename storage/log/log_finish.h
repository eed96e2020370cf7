#ifndef TIDEMARK_STORAGE_LOG_LOG_FINISH_H_
#define TIDEMARK_STORAGE_LOG_LOG_FINISH_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "storage/env.h"
#include "storage/log/log_syncer.h"
#include "storage/log/log_writer.h"
#include "storage/log/segment_list.h"
#include "storage/types.h"

namespace tidemark {

// What a clean stop works on.
struct FinishInput {
  FileSystem* file_system = nullptr;
  std::string directory;
  SegmentList* segments = nullptr;
  LogSyncer* syncer = nullptr;
  LogWriter* writer = nullptr;
  Offset log_start;
  absl::optional<Offset> loaded_snapshot;  // The newest when it was opened.
};

// Leaves a log's files as a clean stop does: trimmed, with their indexes, with a snapshot of the
// producers at the log end, all on stable storage. Everything appended is synced already, and
// nothing is appended or truncated any more.
absl::Status FinishLogFiles(const FinishInput& input);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_FINISH_H_
