#ifndef TIDEMARK_STORAGE_LOG_APPEND_WAITERS_H_
#define TIDEMARK_STORAGE_LOG_APPEND_WAITERS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "storage/types.h"

namespace tidemark {

// Those who wait for the log end to pass an offset. A plain container: its log guards it by the
// append lock, and calls back and cancels timers without the lock.
class AppendWaiters {
 public:
  struct Waiter {
    Offset offset;
    std::function<void(absl::Status)> done;
    absl::optional<uint64_t> timer;  // Of the time-out, to be cancelled when the waiter leaves.
  };

  bool empty() const { return waiters_.empty(); }

  // Returns a number for Take and SetTimer.
  uint64_t Add(Offset offset, std::function<void(absl::Status)> done);

  // False if the waiter has left meanwhile; the timer is then the caller's to cancel.
  bool SetTimer(uint64_t number, uint64_t timer);

  absl::optional<Waiter> Take(uint64_t number);

  // Those whose offset is below `log_end`.
  std::vector<Waiter> TakeReady(Offset log_end);
  std::vector<Waiter> TakeAll();

 private:
  uint64_t next_number_ = 1;
  std::map<uint64_t, Waiter> waiters_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_APPEND_WAITERS_H_
