#ifndef TIDEMARK_STORAGE_BASE_STATUS_MACROS_H_
#define TIDEMARK_STORAGE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

// Leaves the function with the error, if `expression` is one.
#define TM_RETURN_IF_ERROR(expression)                                         \
  do {                                                                         \
    if (absl::Status tm_status = (expression); !tm_status.ok()) [[unlikely]] { \
      return tm_status;                                                        \
    }                                                                          \
  } while (false)

#define TM_CONCAT_INNER(a, b) a##b
#define TM_CONCAT(a, b) TM_CONCAT_INNER(a, b)

// `TM_ASSIGN_OR_RETURN(auto file, fs->Open(...));` assigns the value or leaves with the error.
#define TM_ASSIGN_OR_RETURN(target, expression) \
  TM_ASSIGN_OR_RETURN_INNER(TM_CONCAT(tm_result_, __LINE__), target, expression)
#define TM_ASSIGN_OR_RETURN_INNER(result, target, expression) \
  auto result = (expression);                                 \
  if (!result.ok()) [[unlikely]] {                            \
    return std::move(result).status();                        \
  }                                                           \
  target = *std::move(result)

namespace tidemark {

// The same error, payloads included, with "`context`: " before its message.
inline absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), absl::StrCat(context, ": ", status.message()));
  status.ForEachPayload([&](absl::string_view name, const absl::Cord& payload) {
    annotated.SetPayload(name, payload);
  });
  return annotated;
}

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_BASE_STATUS_MACROS_H_
