#include "storage/log/timed_wait.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace tidemark {

void AwaitAppendInTime(LogWriter* writer, const std::shared_ptr<const void>& owner,
                       Executor* executor, Offset offset, absl::Duration timeout,
                       std::function<void(absl::Status)> done) {
  const absl::optional<uint64_t> number = writer->Await(offset, std::move(done));
  if (!number.has_value() || timeout == absl::InfiniteDuration()) return;
  const uint64_t timer =
      executor->RunAfter(timeout, [writer, weak = std::weak_ptr(owner), number = *number, offset] {
        const std::shared_ptr<const void> kept = weak.lock();
        if (kept == nullptr) return;
        writer->GiveUpWaiting(
            number, absl::DeadlineExceededError(absl::StrCat("nothing was appended at offset ",
                                                             offset.value(), " in time")));
      });
  writer->SetWaiterTimer(*number, timer);
}

}  // namespace tidemark
