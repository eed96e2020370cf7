#ifndef TIDEMARK_STORAGE_INSPECT_DUMP_LOG_H_
#define TIDEMARK_STORAGE_INSPECT_DUMP_LOG_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/env.h"
#include "storage/inspect.h"

namespace tidemark {

// DumpFile for a .log file.
absl::Status DumpLog(FileSystem* file_system, absl::string_view path,
                     absl::FunctionRef<bool(const DataFileItem&)> visit);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_DUMP_LOG_H_
