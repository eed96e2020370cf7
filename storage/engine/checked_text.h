#ifndef TIDEMARK_STORAGE_ENGINE_CHECKED_TEXT_H_
#define TIDEMARK_STORAGE_ENGINE_CHECKED_TEXT_H_

// Text of `key: value` lines that ends in a line with its CRC-32C: docs/format/topic_file.md.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/engine.h"

namespace tidemark {

struct TextLine {
  std::string key;
  std::string value;

  friend bool operator==(const TextLine&, const TextLine&) = default;
};

// Neither keys nor values hold line breaks, and keys no ": ". Writes `version: 0` before the lines.
std::string FormatCheckedText(absl::Span<const TextLine> lines);

// The lines between the version and the checksum. DATA_LOSS, saying what is wrong, if the checksum
// does not hold or the text is not of this form; FAILED_PRECONDITION for another version.
absl::StatusOr<std::vector<TextLine>> ParseCheckedText(absl::string_view text);

// A line `config.<name>: <value>` for each setting.
void AppendConfigLines(const ConfigMap& config, std::vector<TextLine>* lines);

// True, and the setting is in `config`, if `line` is such a line.
bool TakeConfigLine(const TextLine& line, ConfigMap* config);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_CHECKED_TEXT_H_
