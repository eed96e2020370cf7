#ifndef TIDEMARK_STORAGE_LOG_TIMED_WAIT_H_
#define TIDEMARK_STORAGE_LOG_TIMED_WAIT_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/env.h"
#include "storage/log/log_writer.h"
#include "storage/types.h"

namespace tidemark {

// As Log::AwaitAppend. `owner` keeps the writer.
void AwaitAppendInTime(LogWriter* writer, const std::shared_ptr<const void>& owner,
                       Executor* executor, Offset offset, absl::Duration timeout,
                       std::function<void(absl::Status)> done);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_TIMED_WAIT_H_
