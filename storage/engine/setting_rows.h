#ifndef TIDEMARK_STORAGE_ENGINE_SETTING_ROWS_H_
#define TIDEMARK_STORAGE_ENGINE_SETTING_ROWS_H_

// What the tables of settings are written with.

#include <cstdint>
#include <limits>

#include "absl/strings/string_view.h"
#include "storage/engine/setting_table.h"

namespace tidemark::setting_rows {

inline constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();
inline constexpr int64_t kInt32Min = std::numeric_limits<int32_t>::min();
inline constexpr int64_t kInt64Max = std::numeric_limits<int64_t>::max();
inline constexpr int64_t kInt64Min = std::numeric_limits<int64_t>::min();
inline constexpr absl::string_view kInt64MaxText = "9223372036854775807";

// A segment must hold at least the smallest record of Kafka's first format. Kafka 4.1 asks for
// 1 MiB, 4.0 for this.
inline constexpr int64_t kSegmentBytesMin = 14;

inline constexpr absl::string_view kCodecs = "uncompressed zstd lz4 snappy gzip producer";
inline constexpr absl::string_view kCleanupPolicies = "compact delete";
inline constexpr absl::string_view kTimestampTypes = "CreateTime LogAppendTime";

inline constexpr bool kActedOn = true;
inline constexpr bool kOnlyKept = false;

constexpr Setting Int32(absl::string_view name, absl::string_view default_value, int64_t min,
                        bool is_acted_on, int64_t max = kInt32Max) {
  return {name, SettingType::kInt32, default_value, min, max, "", is_acted_on};
}

constexpr Setting Int64(absl::string_view name, absl::string_view default_value, int64_t min,
                        bool is_acted_on) {
  return {name, SettingType::kInt64, default_value, min, kInt64Max, "", is_acted_on};
}

constexpr Setting WithoutZero(Setting setting) {
  setting.zero_is_allowed = false;
  return setting;
}

constexpr Setting Bool(absl::string_view name, absl::string_view default_value, bool is_acted_on) {
  return {name, SettingType::kBool, default_value, 0, 0, "", is_acted_on};
}

constexpr Setting Ratio(absl::string_view name, absl::string_view default_value, bool is_acted_on) {
  return {name, SettingType::kRatio, default_value, 0, 1, "", is_acted_on};
}

constexpr Setting Rate(absl::string_view name, absl::string_view default_value, bool is_acted_on) {
  return {name, SettingType::kRate, default_value, 0, 0, "", is_acted_on};
}

constexpr Setting Choice(absl::string_view name, absl::string_view default_value,
                         absl::string_view choices, bool is_acted_on) {
  return {name, SettingType::kChoice, default_value, 0, 0, choices, is_acted_on};
}

constexpr Setting ChoiceList(absl::string_view name, absl::string_view default_value,
                             absl::string_view choices, bool is_acted_on) {
  return {name, SettingType::kChoiceList, default_value, 0, 0, choices, is_acted_on};
}

constexpr Setting NameList(absl::string_view name, bool is_acted_on) {
  return {name, SettingType::kNameList, "", 0, 0, "", is_acted_on};
}

constexpr Setting Replicas(absl::string_view name) {
  return {name, SettingType::kReplicas, "", 0, 0, "", kOnlyKept};
}

}  // namespace tidemark::setting_rows

#endif  // TIDEMARK_STORAGE_ENGINE_SETTING_ROWS_H_
