#ifndef TIDEMARK_API_CLI_TABLE_H_
#define TIDEMARK_API_CLI_TABLE_H_

#include <string>
#include <vector>

namespace tidemark {

// Lines of columns that stand below one another, two blanks apart; the first row is the heading.
// Cells that are numbers stand to the right.
std::string FormatTable(const std::vector<std::vector<std::string>>& rows);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_TABLE_H_
