#include "replication/single_replicator.h"

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tidemark {
namespace {

class SingleReplicator : public Replicator {
 public:
  explicit SingleReplicator(std::shared_ptr<ReplicaLog> log)
      : log_(std::move(log)), epoch_(log_->latest_leader_epoch().value_or(LeaderEpoch{0})) {}

  absl::StatusOr<LeaderEpoch> LeadingEpoch() const override {
    if (closed_) return ClosedError();
    return epoch_;
  }

  Offset high_watermark() const override { return log_->offsets().log_end; }

  void OnAppend(Offset /*log_end*/) override {}

  void AwaitCommitted(Offset offset, absl::Duration timeout,
                      std::function<void(absl::Status)> done) override {
    if (closed_) return done(ClosedError());
    log_->AwaitAppend(offset, timeout, std::move(done));
  }

  void Close() override { closed_ = true; }

 private:
  absl::Status ClosedError() const {
    const TopicPartition& topic_partition = log_->topic_partition();
    return absl::FailedPreconditionError(absl::StrCat(topic_partition.topic, "-",
                                                      topic_partition.partition.value(),
                                                      ": the replicator is closed"));
  }

  const std::shared_ptr<ReplicaLog> log_;
  const LeaderEpoch epoch_;
  std::atomic<bool> closed_{false};
};

class SingleReplicatorFactory : public ReplicatorFactory {
 public:
  absl::StatusOr<std::unique_ptr<Replicator>> Create(std::shared_ptr<ReplicaLog> log) override {
    return std::make_unique<SingleReplicator>(std::move(log));
  }
};

}  // namespace

std::unique_ptr<ReplicatorFactory> NewSingleReplicatorFactory() {
  return std::make_unique<SingleReplicatorFactory>();
}

}  // namespace tidemark
