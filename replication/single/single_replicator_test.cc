// Goal: the replicator without peers commits what is appended, and nothing after Close. Method: a
// log that only has the numbers that a replicator looks at.

#include "replication/single_replicator.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "storage/log.h"

namespace tidemark {
namespace {

absl::Status Unused() { return absl::UnimplementedError("not used by a replicator"); }

class FakeLog : public ReplicaLog {
 public:
  const TopicPartition& topic_partition() const override { return topic_partition_; }
  LogOffsets offsets() const override { return {Offset{0}, Offset{0}, log_end, log_end, log_end}; }
  void AwaitAppend(Offset offset, absl::Duration timeout,
                   std::function<void(absl::Status)> done) override {
    awaited_offset = offset;
    awaited_timeout = timeout;
    done(log_end > offset ? absl::OkStatus() : absl::DeadlineExceededError("too late"));
  }
  absl::optional<LeaderEpoch> latest_leader_epoch() const override { return epoch; }

  LogStats stats() const override { return {}; }
  absl::StatusOr<ReadInfo> Read(Offset, const ReadOptions&, std::string*) override {
    return Unused();
  }
  absl::StatusOr<LogView> View(Offset, const ReadOptions&) override { return Unused(); }
  absl::StatusOr<LogFileRange> FileRange(Offset, const ReadOptions&) override { return Unused(); }
  absl::StatusOr<absl::optional<TimestampedOffset>> FindByTimestamp(Timestamp) override {
    return Unused();
  }
  absl::StatusOr<AppendResult> Append(absl::Span<char>, const AppendOptions&) override {
    return Unused();
  }
  absl::StatusOr<AppendResult> EndTransaction(const TransactionEnd&,
                                              const AppendOptions&) override {
    return Unused();
  }
  std::vector<ProducerSummary> Producers() const override { return {}; }
  absl::Status Sync(Offset) override { return Unused(); }
  void AwaitDurable(Offset, std::function<void(absl::Status)>) override {}
  absl::Status DeleteRecordsBefore(Offset) override { return Unused(); }
  void SetHighWatermark(Offset) override {}
  absl::Status Close() override { return Unused(); }
  absl::StatusOr<AppendResult> AppendAsFollower(absl::string_view) override { return Unused(); }
  absl::Status AssignLeaderEpoch(LeaderEpoch) override { return Unused(); }
  absl::optional<EpochEndOffset> EndOffsetForEpoch(LeaderEpoch) const override { return {}; }
  absl::Status TruncateTo(Offset) override { return Unused(); }
  absl::Status TruncateFullyAndStartAt(Offset) override { return Unused(); }

  Offset log_end{0};
  absl::optional<LeaderEpoch> epoch;
  Offset awaited_offset{-1};
  absl::Duration awaited_timeout;

 private:
  TopicPartition topic_partition_{"orders", PartitionId{3}};
};

struct Fixture {
  explicit Fixture(absl::optional<LeaderEpoch> epoch = absl::nullopt) {
    log->epoch = epoch;
    replicator = NewSingleReplicatorFactory()->Create(log).value();
  }

  absl::Status Await(Offset offset, absl::Duration timeout) {
    std::vector<absl::Status> results;
    replicator->AwaitCommitted(offset, timeout,
                               [&](absl::Status status) { results.push_back(std::move(status)); });
    EXPECT_EQ(results.size(), 1u);
    return results.at(0);
  }

  std::shared_ptr<FakeLog> log = std::make_shared<FakeLog>();
  std::unique_ptr<Replicator> replicator;
};

TEST(SingleReplicator, LeadsInEpochZeroWhenTheLogHasNone) {
  Fixture fixture;
  EXPECT_EQ(fixture.replicator->LeadingEpoch().value(), LeaderEpoch{0});
}

TEST(SingleReplicator, LeadsInTheLatestEpochOfALogThatHasHadLeaders) {
  Fixture fixture(LeaderEpoch{7});
  EXPECT_EQ(fixture.replicator->LeadingEpoch().value(), LeaderEpoch{7});
}

TEST(SingleReplicator, HighWatermarkIsTheLogEnd) {
  Fixture fixture;
  EXPECT_EQ(fixture.replicator->high_watermark(), Offset{0});
  fixture.log->log_end = Offset{5};
  fixture.replicator->OnAppend(Offset{5});
  EXPECT_EQ(fixture.replicator->high_watermark(), Offset{5});
}

TEST(SingleReplicator, ARecordIsCommittedOnceItIsInTheLog) {
  Fixture fixture;
  fixture.log->log_end = Offset{5};
  EXPECT_TRUE(fixture.Await(Offset{4}, absl::ZeroDuration()).ok());
}

TEST(SingleReplicator, WaitsForRecordsToComeWithTheGivenDeadline) {
  Fixture fixture;
  EXPECT_TRUE(absl::IsDeadlineExceeded(fixture.Await(Offset{0}, absl::Seconds(3))));
  EXPECT_EQ(fixture.log->awaited_offset, Offset{0});
  EXPECT_EQ(fixture.log->awaited_timeout, absl::Seconds(3));
}

TEST(SingleReplicator, NeitherLeadsNorWaitsAfterClose) {
  Fixture fixture;
  fixture.log->log_end = Offset{5};
  fixture.replicator->Close();
  const absl::Status leading = fixture.replicator->LeadingEpoch().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(leading));
  EXPECT_EQ(leading.message(), "orders-3: the replicator is closed");
  EXPECT_TRUE(absl::IsFailedPrecondition(fixture.Await(Offset{0}, absl::ZeroDuration())));
  EXPECT_EQ(fixture.replicator->high_watermark(), Offset{5});
}

}  // namespace
}  // namespace tidemark
