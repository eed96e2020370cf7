// Hands one target to libFuzzer, whose library has the main function: tools/fuzz.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  tidemark::TIDEMARK_FUZZ_TARGET(
      absl::string_view(reinterpret_cast<const char*>(data), size_bytes));
  return 0;
}
