#ifndef TIDEMARK_STORAGE_FORMAT_CRC32C_X86_H_
#define TIDEMARK_STORAGE_FORMAT_CRC32C_X86_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace tidemark::crc32c_internal {

// Continues `state`, which is not inverted as a finished sum is, over bytes.
using Extend = uint32_t (*)(uint32_t state, absl::string_view bytes);

// The implementations for x86-64 that this processor can run, fastest first; the rest is null. All
// null on other processors.
struct X86Implementations {
  Extend avx512 = nullptr;  // AVX-512 with VPCLMULQDQ.
  Extend sse42 = nullptr;   // SSE4.2 with PCLMULQDQ.
};
X86Implementations SupportedX86Implementations();

}  // namespace tidemark::crc32c_internal

#endif  // TIDEMARK_STORAGE_FORMAT_CRC32C_X86_H_
