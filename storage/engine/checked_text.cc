#include "storage/engine/checked_text.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "storage/format/crc32c.h"

namespace tidemark {
namespace {

constexpr absl::string_view kSeparator = ": ";
constexpr absl::string_view kVersionKey = "version";
constexpr absl::string_view kVersion = "0";
constexpr absl::string_view kConfigPrefix = "config.";

std::string ChecksumLine(absl::string_view text) {
  return absl::StrCat("crc32c: ", absl::Hex(Crc32c(text), absl::kZeroPad8), "\n");
}

absl::Status Wrong(size_t line, absl::string_view found, absl::string_view expected) {
  return absl::DataLossError(
      absl::StrCat("line ", line, " is \"", absl::CHexEscape(found), "\", expected ", expected));
}

absl::StatusOr<TextLine> ParseLine(size_t number, absl::string_view line) {
  const size_t separator = line.find(kSeparator);
  if (separator == absl::string_view::npos || separator == 0) {
    return Wrong(number, line, "\"key: value\"");
  }
  return TextLine{std::string(line.substr(0, separator)),
                  std::string(line.substr(separator + kSeparator.size()))};
}

}  // namespace

std::string FormatCheckedText(absl::Span<const TextLine> lines) {
  std::string text = absl::StrCat(kVersionKey, kSeparator, kVersion, "\n");
  for (const TextLine& line : lines) {
    absl::StrAppend(&text, line.key, kSeparator, line.value, "\n");
  }
  return absl::StrCat(text, ChecksumLine(text));
}

absl::StatusOr<std::vector<TextLine>> ParseCheckedText(absl::string_view text) {
  const size_t checksum_size = ChecksumLine("").size();
  if (text.size() < checksum_size) return absl::DataLossError("cut short: no checksum line");
  const absl::string_view body = text.substr(0, text.size() - checksum_size);
  const std::string expected = ChecksumLine(body);
  if (text.substr(body.size()) != expected) {
    return absl::DataLossError(absl::StrCat("the last line is \"",
                                            absl::CHexEscape(text.substr(body.size())),
                                            "\", expected \"", absl::CHexEscape(expected), "\""));
  }
  std::vector<TextLine> lines;
  const std::vector<absl::string_view> texts = absl::StrSplit(absl::StripSuffix(body, "\n"), '\n');
  for (size_t i = 0; i < texts.size(); ++i) {
    absl::StatusOr<TextLine> line = ParseLine(i + 1, texts[i]);
    if (!line.ok()) return line.status();
    lines.push_back(*std::move(line));
  }
  if (lines[0].key != kVersionKey) return Wrong(1, texts[0], "\"version: 0\"");
  if (lines[0].value != kVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("version ", absl::CHexEscape(lines[0].value),
                     ", expected 0: it was written by a newer release; use that one"));
  }
  lines.erase(lines.begin());
  return lines;
}

void AppendConfigLines(const ConfigMap& config, std::vector<TextLine>* lines) {
  for (const auto& [name, value] : config) {
    lines->push_back({absl::StrCat(kConfigPrefix, name), value});
  }
}

bool TakeConfigLine(const TextLine& line, ConfigMap* config) {
  absl::string_view name = line.key;
  if (!absl::ConsumePrefix(&name, kConfigPrefix)) return false;
  return config->emplace(name, line.value).second;
}

}  // namespace tidemark
