#ifndef TIDEMARK_TESTS_FUZZ_TARGETS_H_
#define TIDEMARK_TESTS_FUZZ_TARGETS_H_

// The fuzz targets: each takes any bytes, gives them to a part of the library, and checks what must
// hold whatever they are. A property that does not hold is a TM_CHECK; what a sanitizer finds ends
// the process as well. targets.txt says what each one is about.

#include <cstdint>

#include "absl/strings/string_view.h"

namespace tidemark {

// A bomb in an input costs no more than this, so that it is quick.
inline constexpr int64_t kFuzzDecompressedBytesMax = int64_t{1} << 20;

void FuzzGzip(absl::string_view input);
void FuzzSnappy(absl::string_view input);
void FuzzLz4(absl::string_view input);
void FuzzZstd(absl::string_view input);
void FuzzRecordBatch(absl::string_view input);
void FuzzRecordReader(absl::string_view input);
void FuzzIndexFiles(absl::string_view input);
void FuzzTextFiles(absl::string_view input);
void FuzzProducerSnapshot(absl::string_view input);
void FuzzStateRecords(absl::string_view input);
void FuzzDirectory(absl::string_view input);
void FuzzLogOperations(absl::string_view input);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_FUZZ_TARGETS_H_
