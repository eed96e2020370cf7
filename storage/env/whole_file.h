#ifndef TIDEMARK_STORAGE_ENV_WHOLE_FILE_H_
#define TIDEMARK_STORAGE_ENV_WHOLE_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/env.h"

namespace tidemark {

// True if the file was there, and is not any more; false if there was none. The errors of Remove.
absl::StatusOr<bool> RemoveIfPresent(FileSystem* file_system, absl::string_view path);

// The contents of a small file. DATA_LOSS if it has more than `bytes_max`; the errors of Open and
// Read.
absl::StatusOr<std::string> ReadWholeFile(FileSystem* file_system, absl::string_view path,
                                          int64_t bytes_max);

// Gives `directory`/`name` new contents, all or nothing: writes and syncs "`name`.tmp", renames it,
// syncs the directory. On stable storage on return. After an error the old or the new contents are
// there, and the temporary file may be.
absl::Status ReplaceWholeFile(FileSystem* file_system, absl::string_view directory,
                              absl::string_view name, absl::string_view contents);

// The same but for the name: the caller has to sync the directory.
absl::Status PutWholeFile(FileSystem* file_system, absl::string_view directory,
                          absl::string_view name, absl::string_view contents);

// As ReplaceWholeFile, by way of "`temporary_name`", for names that leave no room for ".tmp".
absl::Status ReplaceWholeFile(FileSystem* file_system, absl::string_view directory,
                              absl::string_view name, absl::string_view contents,
                              absl::string_view temporary_name);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_WHOLE_FILE_H_
