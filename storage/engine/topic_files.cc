#include "storage/engine/topic_files.h"

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"

namespace tidemark {
namespace {

absl::Status ExplainDamage(const absl::Status& status, const std::string& path,
                           absl::string_view without_it) {
  if (!absl::IsDataLoss(status)) return Annotate(status, path);
  return absl::DataLossError(absl::StrCat(path, ": damaged: ", status.message(),
                                          "; restore it from a copy, or remove it: ", without_it));
}

// What a full disk left of a file is of no use, and its room may be needed.
absl::Status RemoveTemporary(FileSystem* file_system, const std::string& root,
                             absl::string_view temporary, absl::Status status) {
  if (!status.ok()) {
    // The error to tell is the first.
    file_system->Remove(absl::StrCat(root, "/", temporary)).IgnoreError();
  }
  return status;
}

}  // namespace

absl::StatusOr<TopicFile> ReadTopicFile(FileSystem* file_system, const std::string& root,
                                        absl::string_view topic) {
  const std::string path = absl::StrCat(root, "/", TopicFileName(topic));
  TM_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(file_system, path, kTopicFileBytesMax));
  absl::StatusOr<TopicFile> file = ParseTopicFile(text);
  if (file.ok()) return file;
  return ExplainDamage(file.status(), path,
                       "the partitions that are there then have no settings of their own");
}

absl::Status WriteTopicFile(FileSystem* file_system, const std::string& root,
                            absl::string_view topic, const TopicFile& file) {
  return RemoveTemporary(file_system, root, kTopicTemporaryFileName,
                         ReplaceWholeFile(file_system, root, TopicFileName(topic),
                                          FormatTopicFile(file), kTopicTemporaryFileName));
}

absl::StatusOr<ConfigMap> ReadEngineProperties(FileSystem* file_system, const std::string& root) {
  const std::string path = absl::StrCat(root, "/", kEnginePropertiesFileName);
  const absl::StatusOr<std::string> text = ReadWholeFile(file_system, path, kTopicFileBytesMax);
  if (absl::IsNotFound(text.status())) return ConfigMap();
  TM_RETURN_IF_ERROR(text.status());
  absl::StatusOr<ConfigMap> config = ParseEngineProperties(*text);
  if (config.ok()) return config;
  return ExplainDamage(config.status(), path, "the engine then has default settings");
}

absl::Status WriteEngineProperties(FileSystem* file_system, const std::string& root,
                                   const ConfigMap& config) {
  const std::string temporary = absl::StrCat(kEnginePropertiesFileName, ".tmp");
  return RemoveTemporary(file_system, root, temporary,
                         ReplaceWholeFile(file_system, root, kEnginePropertiesFileName,
                                          FormatEngineProperties(config), temporary));
}

}  // namespace tidemark
