#ifndef TIDEMARK_API_CLI_COUNT_TEXT_H_
#define TIDEMARK_API_CLI_COUNT_TEXT_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tidemark {

// "1 batch", "2 batches".
inline std::string CountText(int64_t count, absl::string_view one, absl::string_view many) {
  return absl::StrCat(count, " ", count == 1 ? one : many);
}

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_COUNT_TEXT_H_
