#ifndef TIDEMARK_API_CLI_DECIMAL_TEXT_H_
#define TIDEMARK_API_CLI_DECIMAL_TEXT_H_

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

namespace tidemark {

// Appends the number in decimal, without an allocation of its own.
inline void AppendDecimal(int64_t number, std::string* out) {
  char digits[24];
  const char* const end = std::to_chars(digits, std::end(digits), number).ptr;
  out->append(digits, static_cast<size_t>(end - digits));
}

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_DECIMAL_TEXT_H_
