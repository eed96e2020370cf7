#include "storage/engine/setting_value.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "storage/base/check.h"

namespace tidemark {
namespace {

std::string Choices(const Setting& setting) {
  return absl::StrReplaceAll(setting.choices, {{" ", ", "}});
}

std::string Allowed(const Setting& setting) {
  switch (setting.type) {
    case SettingType::kBool:
      return "true or false";
    case SettingType::kInt32:
    case SettingType::kInt64:
      return absl::StrCat("a whole number from ", setting.min, " to ", setting.max,
                          setting.zero_is_allowed ? "" : ", but not 0");
    case SettingType::kRatio:
      return setting.zero_is_allowed ? "a number from 0 to 1" : "a number above 0, 1 at most";
    case SettingType::kRate:
      return "a number above 0";
    case SettingType::kChoice:
      return absl::StrCat("one of ", Choices(setting));
    case SettingType::kChoiceList:
      return absl::StrCat("any of ", Choices(setting), ", separated by commas, each once");
    case SettingType::kNameList:
      return "names separated by commas, each once, or nothing";
    case SettingType::kReplicas:
      return "*, or partition:broker pairs of whole numbers separated by commas, or nothing";
  }
  TM_CHECK(false);
}

bool IsChoice(const Setting& setting, absl::string_view value) {
  for (absl::string_view choice : absl::StrSplit(setting.choices, ' ')) {
    if (value == choice) return true;
  }
  return false;
}

std::vector<absl::string_view> Words(absl::string_view value) {
  if (value.empty()) return {};
  std::vector<absl::string_view> words = absl::StrSplit(value, ',');
  for (absl::string_view& word : words) word = absl::StripAsciiWhitespace(word);
  return words;
}

bool AreDifferent(std::vector<absl::string_view> words) {
  std::sort(words.begin(), words.end());
  return std::adjacent_find(words.begin(), words.end()) == words.end();
}

bool IsChoiceList(const Setting& setting, absl::string_view value) {
  const std::vector<absl::string_view> words = Words(value);
  return AreDifferent(words) &&
         std::all_of(words.begin(), words.end(),
                     [&](absl::string_view word) { return IsChoice(setting, word); });
}

bool IsNameList(absl::string_view value) {
  const std::vector<absl::string_view> words = Words(value);
  return AreDifferent(words) && std::none_of(words.begin(), words.end(),
                                             [](absl::string_view word) { return word.empty(); });
}

bool IsDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool IsReplicas(absl::string_view value) {
  if (value.empty() || value == "*") return true;
  for (absl::string_view pair : absl::StrSplit(value, ',')) {
    const std::vector<absl::string_view> parts =
        absl::StrSplit(absl::StripAsciiWhitespace(pair), ':');
    if (parts.size() != 2 || !IsDigits(parts[0]) || !IsDigits(parts[1])) return false;
  }
  return true;
}

bool IsNumberWithin(const Setting& setting, absl::string_view value) {
  int64_t number = 0;
  return absl::SimpleAtoi(value, &number) && number >= setting.min && number <= setting.max &&
         (number != 0 || setting.zero_is_allowed);
}

bool IsRatio(const Setting& setting, absl::string_view value) {
  double number = 0;
  return absl::SimpleAtod(value, &number) && number >= 0 && number <= 1 &&
         (number > 0 || setting.zero_is_allowed);
}

bool IsRate(absl::string_view value) {
  double number = 0;
  return absl::SimpleAtod(value, &number) && std::isfinite(number) && number > 0;
}

bool IsAllowed(const Setting& setting, absl::string_view value) {
  switch (setting.type) {
    case SettingType::kBool:
      return absl::EqualsIgnoreCase(value, "true") || absl::EqualsIgnoreCase(value, "false");
    case SettingType::kInt32:
    case SettingType::kInt64:
      return IsNumberWithin(setting, value);
    case SettingType::kRatio:
      return IsRatio(setting, value);
    case SettingType::kRate:
      return IsRate(value);
    case SettingType::kChoice:
      return IsChoice(setting, value);
    case SettingType::kChoiceList:
      return IsChoiceList(setting, value);
    case SettingType::kNameList:
      return IsNameList(value);
    case SettingType::kReplicas:
      return IsReplicas(value);
  }
  TM_CHECK(false);
}

}  // namespace

absl::StatusOr<std::string> CheckSettingValue(const Setting& setting, absl::string_view value) {
  const absl::string_view text = absl::StripAsciiWhitespace(value);
  const bool has_control = std::any_of(text.begin(), text.end(), absl::ascii_iscntrl);
  if (has_control || !IsAllowed(setting, text)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "setting ", setting.name, ": \"", absl::CHexEscape(value), "\" is not ", Allowed(setting)));
  }
  return std::string(text);
}

int64_t SettingNumber(absl::string_view value) {
  int64_t number = 0;
  TM_CHECK(absl::SimpleAtoi(value, &number));
  return number;
}

double SettingDouble(absl::string_view value) {
  double number = 0;
  TM_CHECK(absl::SimpleAtod(value, &number));
  return number;
}

bool SettingBool(absl::string_view value) { return absl::EqualsIgnoreCase(value, "true"); }

std::vector<std::string> SettingWords(absl::string_view value) {
  const std::vector<absl::string_view> words = Words(value);
  return {words.begin(), words.end()};
}

bool SettingListHolds(absl::string_view value, absl::string_view word) {
  const std::vector<absl::string_view> words = Words(value);
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace tidemark
