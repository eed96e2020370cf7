#ifndef TIDEMARK_BENCH_STORE_H_
#define TIDEMARK_BENCH_STORE_H_

// A peer as the rows see it: a store used as a queue. Who implements this once takes part in every
// row that a queue can take part in (bench/store_contenders.h), measured and checked like all.

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/types.h"

namespace tidemark {

// An open store. Closing is the destructor's.
class Store {
 public:
  virtual ~Store() = default;

  // Appends the values as one write of its own, whole or not at all, with the numbers from
  // `first_number` on as keys. When it returns they are as durable as the store was opened for. By
  // several threads at once in rows with more than one; their numbers then do not come in order.
  virtual absl::Status Append(int64_t first_number, absl::Span<const absl::string_view> values) = 0;

  // Makes everything that was appended before readable by ReadAll, after a last flush of memory if
  // the store has one. Off the clock.
  virtual absl::Status Settle() = 0;

  // Calls `visit` with each number and value, by rising number, the way the store reads fastest in
  // order.
  virtual absl::Status ReadAll(
      const std::function<void(int64_t number, absl::string_view value)>& visit) = 0;
};

// A kind of store, and how it is best set up for each promise.
struct StoreKind {
  std::string name;               // As its makers write it.
  std::string buffered_settings;  // See Contender::settings.
  std::string durable_settings;
  // Makes a store in an empty directory, or opens the one that is there.
  std::function<absl::StatusOr<std::unique_ptr<Store>>(const std::string& directory,
                                                       Durability durability)>
      open;
  // In a round: one that is slow at many small writes makes only so many, at the same pace.
  int64_t appends_max = std::numeric_limits<int64_t>::max();
};

// Those that Tidemark is compared with.
std::vector<StoreKind> Stores();

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_STORE_H_
