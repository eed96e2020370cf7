#ifndef TIDEMARK_TESTS_COMPAT_SHA256_H_
#define TIDEMARK_TESTS_COMPAT_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace tidemark {

// SHA-256 (FIPS 180-4) of `bytes`, as 64 lower-case hexadecimal digits.
std::string Sha256Hex(absl::string_view bytes);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_COMPAT_SHA256_H_
