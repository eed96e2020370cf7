#ifndef TIDEMARK_API_BASE_UTF8_H_
#define TIDEMARK_API_BASE_UTF8_H_

#include "absl/strings/string_view.h"

namespace tidemark {

// Whether the bytes are UTF-8 as Unicode defines it: no overlong forms, surrogates or numbers above
// U+10FFFF.
bool IsUtf8(absl::string_view bytes);

}  // namespace tidemark

#endif  // TIDEMARK_API_BASE_UTF8_H_
