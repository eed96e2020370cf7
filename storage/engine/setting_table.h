#ifndef TIDEMARK_STORAGE_ENGINE_SETTING_TABLE_H_
#define TIDEMARK_STORAGE_ENGINE_SETTING_TABLE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace tidemark {

enum class SettingType {
  kBool,        // true or false, in any case.
  kInt32,       // Within [min, max].
  kInt64,       // Within [min, max].
  kRatio,       // A decimal number within [0, 1].
  kRate,        // A decimal number above 0.
  kChoice,      // One of `choices`.
  kChoiceList,  // Any of `choices`, separated by commas, each once.
  kNameList,    // Names without commas, separated by commas, each once.
  kReplicas,    // `*`, nothing, or `partition:broker` pairs separated by commas.
};

// One of Kafka's settings. docs/CONFIGURATION.md explains each.
struct Setting {
  absl::string_view name;
  SettingType type;
  absl::string_view default_value;  // Empty where Kafka has none.
  int64_t min = 0;
  int64_t max = 0;
  absl::string_view choices = "";  // Separated by spaces.
  // False where the value is checked and kept, and nothing else happens.
  bool is_acted_on = false;
  bool zero_is_allowed = true;
};

// A broker setting of Kafka's that has no place here.
struct RefusedSetting {
  absl::string_view name;  // With a dot at the end: all that begin so.
  absl::string_view reason;
};

// A broker setting that is the default of a topic setting, in units `multiplier` times as large.
struct SettingSynonym {
  absl::string_view topic_setting;
  absl::string_view broker_setting;
  int64_t multiplier = 1;
};

// Sorted by name.
absl::Span<const Setting> TopicSettings();
absl::Span<const Setting> BrokerSettings();
absl::Span<const RefusedSetting> RefusedSettings();

// Where several belong to one topic setting, the first that is set counts.
absl::Span<const SettingSynonym> SettingSynonyms();

// Null if there is no such setting.
const Setting* FindTopicSetting(absl::string_view name);
const Setting* FindBrokerSetting(absl::string_view name);
const RefusedSetting* FindRefusedSetting(absl::string_view name);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_SETTING_TABLE_H_
