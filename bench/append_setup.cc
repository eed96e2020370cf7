#include "bench/append_setup.h"

#include "absl/strings/str_cat.h"

namespace tidemark {

std::string SettingsOf(const std::string& calls, const AppendSetup& setup) {
  std::string settings =
      absl::StrCat(calls, "; default settings; ", setup.steady_bytes >> 20, " MiB appended before");
  if (setup.journal_bytes > 0) {
    absl::StrAppend(&settings, "; tidemark.journal.bytes=", setup.journal_bytes);
  }
  for (const auto& [name, value] : setup.topic_config) {
    absl::StrAppend(&settings, "; ", name, "=", value);
  }
  return settings;
}

}  // namespace tidemark
