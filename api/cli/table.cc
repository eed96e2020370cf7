#include "api/cli/table.h"

#include <algorithm>
#include <cstddef>

#include "api/cli/text_columns.h"

namespace tidemark {

std::string FormatTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  TextColumns columns(widths);
  std::string text;
  for (const std::vector<std::string>& row : rows) columns.AppendRow(row, &text);
  return text;
}

}  // namespace tidemark
