#include "api/cli/record_format.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "api/cli/decimal_text.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr absl::string_view kFields = "tpoTkvh";

void AppendBytes(const absl::optional<absl::string_view>& bytes, std::string* out) {
  if (bytes.has_value()) out->append(bytes->data(), bytes->size());
}

void AppendHeaders(const RecordHeaders& headers, std::string* out) {
  bool is_first = true;
  headers.ForEach([&](const RecordHeader& header) {
    if (!is_first) out->push_back(',');
    is_first = false;
    AppendBytes(header.key, out);
    out->push_back('=');
    AppendBytes(header.value, out);
  });
}

// What the character behind a backslash stands for.
absl::StatusOr<char> EscapedCharacter(absl::string_view text, size_t position) {
  const char c = position < text.size() ? text[position] : '\0';
  if (c == 'n') return '\n';
  if (c == 't') return '\t';
  if (c == '\\') return '\\';
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "', character ", position, ": a backslash begins \\n, \\t or \\\\"));
}

}  // namespace

absl::StatusOr<RecordFormat> RecordFormat::Parse(absl::string_view format) {
  RecordFormat result;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '\\') {
      TM_ASSIGN_OR_RETURN(const char c, EscapedCharacter(format, ++i));
      result.AddText(c);
    } else if (format[i] != '%') {
      result.AddText(format[i]);
    } else if (++i < format.size() && format[i] == '%') {
      result.AddText('%');
    } else if (i < format.size() && absl::StrContains(kFields, format[i])) {
      result.pieces_.push_back({format[i], ""});
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("'", format, "', character ", i,
                       ": a percent sign begins %t, %p, %o, %T, %k, %v, %h or %%"));
    }
  }
  return result;
}

void RecordFormat::AddText(char c) {
  if (pieces_.empty() || pieces_.back().field != 0) pieces_.emplace_back();
  pieces_.back().text.push_back(c);
}

void RecordFormat::Print(const TopicPartition& topic_partition, const RecordView& record,
                         std::string* out) const {
  for (const Piece& piece : pieces_) {
    switch (piece.field) {
      case 't':
        out->append(topic_partition.topic);
        break;
      case 'p':
        AppendDecimal(topic_partition.partition.value(), out);
        break;
      case 'o':
        AppendDecimal(record.offset.value(), out);
        break;
      case 'T':
        AppendDecimal(record.timestamp.value(), out);
        break;
      case 'k':
        AppendBytes(record.key, out);
        break;
      case 'v':
        AppendBytes(record.value, out);
        break;
      case 'h':
        AppendHeaders(record.headers, out);
        break;
      default:
        out->append(piece.text);
    }
  }
}

absl::StatusOr<std::string> Unescape(absl::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      result.push_back(text[i]);
      continue;
    }
    TM_ASSIGN_OR_RETURN(const char c, EscapedCharacter(text, ++i));
    result.push_back(c);
  }
  return result;
}

}  // namespace tidemark
