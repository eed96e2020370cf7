#ifndef TIDEMARK_STORAGE_ENGINE_SETTING_VALUE_H_
#define TIDEMARK_STORAGE_ENGINE_SETTING_VALUE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine/setting_table.h"

namespace tidemark {

// The value without surrounding space, if the setting allows it. INVALID_ARGUMENT otherwise, naming
// the setting, the value and what is allowed. What comes back holds no control characters.
absl::StatusOr<std::string> CheckSettingValue(const Setting& setting, absl::string_view value);

// The number in a value that CheckSettingValue let pass for a kInt32 or kInt64 setting.
int64_t SettingNumber(absl::string_view value);

// The same of a kRatio or kRate setting.
double SettingDouble(absl::string_view value);

// The same of a kBool setting.
bool SettingBool(absl::string_view value);

// The same of a list.
std::vector<std::string> SettingWords(absl::string_view value);

// True if the comma-separated value, which CheckSettingValue let pass, holds `word`.
bool SettingListHolds(absl::string_view value, absl::string_view word);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_SETTING_VALUE_H_
