#ifndef TIDEMARK_API_CLI_TEXT_COLUMNS_H_
#define TIDEMARK_API_CLI_TEXT_COLUMNS_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace tidemark {

// Rows of columns for tables too long to be looked through first: a column is as wide as its widest
// cell so far. Numbers stand to the right, two blanks between columns.
class TextColumns {
 public:
  // `widths_min` has the least width of each column.
  explicit TextColumns(std::vector<size_t> widths_min) : widths_(std::move(widths_min)) {}

  // Appends one row and a newline. As many cells as there are columns.
  void AppendRow(const std::vector<std::string>& cells, std::string* out);

 private:
  std::vector<size_t> widths_;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_TEXT_COLUMNS_H_
