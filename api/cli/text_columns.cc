#include "api/cli/text_columns.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace tidemark {
namespace {

bool IsNumber(const std::string& cell) {
  const size_t sign = !cell.empty() && cell[0] == '-' ? 1 : 0;
  return cell.size() > sign && std::all_of(cell.begin() + static_cast<std::ptrdiff_t>(sign),
                                           cell.end(), absl::ascii_isdigit);
}

}  // namespace

void TextColumns::AppendRow(const std::vector<std::string>& cells, std::string* out) {
  widths_.resize(std::max(widths_.size(), cells.size()));
  for (size_t i = 0; i < cells.size(); ++i) {
    widths_[i] = std::max(widths_[i], cells[i].size());
    if (i > 0) out->append(2, ' ');
    const size_t blanks = widths_[i] - cells[i].size();
    if (IsNumber(cells[i])) {
      out->append(blanks, ' ');
      *out += cells[i];
    } else {
      *out += cells[i];
      if (i + 1 < cells.size()) out->append(blanks, ' ');
    }
  }
  *out += '\n';
}

}  // namespace tidemark
