#ifndef TIDEMARK_STORAGE_FORMAT_CRC32C_H_
#define TIDEMARK_STORAGE_FORMAT_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace tidemark {

// CRC-32C (Castagnoli) of `bytes`. Uses the processor's instructions where it has them.
uint32_t Crc32c(absl::string_view bytes);

// The sum of some bytes followed by `bytes`, where `crc` is the sum of the former (0 for none).
uint32_t ExtendCrc32c(uint32_t crc, absl::string_view bytes);

// Same result as ExtendCrc32c, with no special instructions: for other processors, and as the
// reference for tests.
uint32_t ExtendCrc32cPortable(uint32_t crc, absl::string_view bytes);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_CRC32C_H_
