#include "storage/env/whole_file.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/status_macros.h"

namespace tidemark {

namespace {

absl::Status Put(FileSystem* file_system, absl::string_view directory, absl::string_view name,
                 absl::string_view contents, absl::string_view temporary_name) {
  const std::string path = absl::StrCat(directory, "/", name);
  const std::string temporary = absl::StrCat(directory, "/", temporary_name);
  {
    TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                        file_system->Open(temporary, OpenMode::kCreate));
    TM_RETURN_IF_ERROR(file->Truncate(0));
    TM_RETURN_IF_ERROR(file->Write(0, contents));
    TM_RETURN_IF_ERROR(file->Sync());
  }
  return file_system->Rename(temporary, path);
}

}  // namespace

absl::StatusOr<bool> RemoveIfPresent(FileSystem* file_system, absl::string_view path) {
  const absl::Status removed = file_system->Remove(path);
  if (absl::IsNotFound(removed)) return false;
  TM_RETURN_IF_ERROR(removed);
  return true;
}

absl::StatusOr<std::string> ReadWholeFile(FileSystem* file_system, absl::string_view path,
                                          int64_t bytes_max) {
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, file_system->Open(path, OpenMode::kRead));
  TM_ASSIGN_OR_RETURN(const int64_t size, file->Size());
  if (size > bytes_max) {
    return absl::DataLossError(
        absl::StrCat(path, ": ", size, " bytes, where at most ", bytes_max, " can be right"));
  }
  std::string contents(static_cast<size_t>(size), '\0');
  TM_ASSIGN_OR_RETURN(const int64_t read, file->Read(0, absl::MakeSpan(contents)));
  contents.resize(static_cast<size_t>(read));
  return contents;
}

absl::Status ReplaceWholeFile(FileSystem* file_system, absl::string_view directory,
                              absl::string_view name, absl::string_view contents) {
  return ReplaceWholeFile(file_system, directory, name, contents, absl::StrCat(name, ".tmp"));
}

absl::Status ReplaceWholeFile(FileSystem* file_system, absl::string_view directory,
                              absl::string_view name, absl::string_view contents,
                              absl::string_view temporary_name) {
  TM_RETURN_IF_ERROR(Put(file_system, directory, name, contents, temporary_name));
  return file_system->SyncDirectory(directory);
}

absl::Status PutWholeFile(FileSystem* file_system, absl::string_view directory,
                          absl::string_view name, absl::string_view contents) {
  return Put(file_system, directory, name, contents, absl::StrCat(name, ".tmp"));
}

}  // namespace tidemark
