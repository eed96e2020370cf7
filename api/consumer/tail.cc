#include "api/consumer/tail.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "api/consumer/record_fetcher.h"

namespace tidemark {
namespace {

// One wait for records. Kept alive by whatever it waits for.
class Tail : public std::enable_shared_from_this<Tail> {
 public:
  using Done = std::function<void(absl::StatusOr<FetchedRecords>)>;

  Tail(std::shared_ptr<OpenPartition> partition, const FetchOptions& options, absl::Duration until,
       const Environment& environment, Done done)
      : partition_(std::move(partition)),
        options_(options),
        until_(until),
        environment_(environment),
        done_(std::move(done)) {}

  void Fetch(Offset offset) {
    absl::StatusOr<FetchedRecords> fetched = RecordFetcher::Fetch(*partition_, offset, options_);
    const absl::Duration left = until_ - environment_.clock->MonotonicNow();
    if (!fetched.ok() || !fetched->empty() || left <= absl::ZeroDuration()) {
      return done_(std::move(fetched));
    }
    // Behind batches without visible records, so that those do not end the wait again. What keeps
    // back a reader of committed records ends with a marker, behind all that was there.
    const Offset next_offset = fetched->next_offset();
    partition_->replicator->AwaitCommitted(
        std::max(next_offset, fetched->high_watermark()), left,
        [self = shared_from_this(), next_offset](const absl::Status& status) {
          // Not here: whoever appends may be calling, and fetching takes time.
          self->environment_.executor->Run(
              [self, next_offset, status] { self->OnWaited(next_offset, status); });
        });
  }

 private:
  void OnWaited(Offset next_offset, const absl::Status& status) {
    if (!status.ok() && !absl::IsDeadlineExceeded(status)) return done_(status);
    Fetch(next_offset);
  }

  const std::shared_ptr<OpenPartition> partition_;
  const FetchOptions options_;
  const absl::Duration until_;  // On the monotonic clock.
  const Environment environment_;
  const Done done_;
};

}  // namespace

void TailRecords(std::shared_ptr<OpenPartition> partition, Offset offset, absl::Duration timeout,
                 const FetchOptions& options, const Environment& environment,
                 std::function<void(absl::StatusOr<FetchedRecords>)> done) {
  const absl::Duration until = environment.clock->MonotonicNow() + timeout;
  std::make_shared<Tail>(std::move(partition), options, until, environment, std::move(done))
      ->Fetch(offset);
}

}  // namespace tidemark
