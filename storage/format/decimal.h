#ifndef TIDEMARK_STORAGE_FORMAT_DECIMAL_H_
#define TIDEMARK_STORAGE_FORMAT_DECIMAL_H_

#include <concepts>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tidemark {

// Reads a decimal number in its one canonical form: no '+', white space, leading zero or "-0". So a
// text that is accepted is the text that formatting the value gives.
template <std::signed_integral T>
[[nodiscard]] bool ParseDecimal(absl::string_view text, T* value) {
  constexpr size_t kDigitsMax = 20;  // Of the least 64-bit number, with its sign.
  T parsed;
  if (text.size() > kDigitsMax || !absl::SimpleAtoi(text, &parsed)) return false;
  if (absl::AlphaNum(parsed).Piece() != text) return false;
  *value = parsed;
  return true;
}

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_DECIMAL_H_
