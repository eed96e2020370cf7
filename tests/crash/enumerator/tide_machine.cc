#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "api/producer.h"
#include "api/tidemark.h"
#include "storage/base/status_macros.h"
#include "tests/crash/enumerator/machine.h"

namespace tidemark {
namespace {

constexpr int32_t kPartitions = 2;

class TideMachine final : public Machine {
 public:
  TideMachine(FileSystem* file_system, const Notes& notes) : Machine(file_system, notes) {
    options_.environment = {file_system, &clock_, &executor_, &random_};
    options_.checkpoint_interval = absl::InfiniteDuration();
    options_.config = {{"offsets.topic.num.partitions", "1"},
                       {"transaction.state.log.num.partitions", "1"},
                       {"log.segment.bytes", "600"},
                       {"tidemark.disk.reserve.bytes", "65536"}};
  }

  absl::Status Prepare(FileSystem* /*file_system*/) override { return absl::OkStatus(); }

  absl::Status Open() override {
    TM_ASSIGN_OR_RETURN(Tidemark opened, Tidemark::Open("/data", options_));
    tide_.emplace(std::move(opened));
    executor_.RunUntilIdle();
    return absl::OkStatus();
  }
  absl::Status Close() override {
    producer_.reset();
    return tide_->Close();
  }
  void LetGo() override {
    producer_.reset();
    tide_.reset();
    executor_.RunUntilIdle();
  }
  // It does that by itself when it is closed.
  absl::Status Checkpoint() override { return absl::OkStatus(); }

  absl::StatusOr<std::shared_ptr<ReplicaLog>> GetLog(const TopicPartition&) const override {
    return absl::NotFoundError("there are no logs");
  }

  bool has_transactions() const override { return true; }

  absl::Status WriteTransaction(int64_t number) override {
    if (!producer_.has_value()) TM_RETURN_IF_ERROR(OpenProducer());
    TM_ASSIGN_OR_RETURN(Topic topic, tide_->OpenTopic("orders"));
    TM_RETURN_IF_ERROR(producer_->BeginTransaction());
    const std::string value = absl::StrCat(number);
    for (int32_t i = 0; i < kPartitions; ++i) {
      TM_RETURN_IF_ERROR(
          producer_->Append(topic, {.value = value}, {.partition = PartitionId{i}}).status());
    }
    return producer_->SendOffsets("g", {{consumed_, {.offset = Offset{number}}}});
  }

  absl::Status EndTransaction(bool is_commit) override {
    if (!is_commit) return producer_->AbortTransaction();
    absl::Status ended = absl::UnknownError("not ended");
    producer_->CommitTransactionAsync(Durability::kDurable,
                                      [&ended](const absl::Status& status) { ended = status; });
    executor_.RunUntilIdle();
    return ended;
  }

  Observation Observe() override {
    Observation observation;
    ObservedTransactions& seen = observation.transactions.emplace();
    seen.by_partition.resize(kPartitions);
    const absl::StatusOr<Topic> topic = tide_->OpenTopic("orders");
    if (!topic.ok()) return observation;
    for (int32_t i = 0; i < kPartitions; ++i) {
      const absl::Status status = Read(*topic, PartitionId{i}, &seen.by_partition[size_t(i)]);
      if (!status.ok()) seen.error = status.ToString();
    }
    const auto offset = tide_->groups().FetchOffset("g", consumed_);
    if (!offset.ok()) {
      seen.error = offset.status().ToString();
    } else if (offset->has_value()) {
      seen.group_offset = (*offset)->offset.value();
    }
    return observation;
  }

  bool WasClean() const override { return tide_->recovery_report().was_clean; }
  std::vector<std::string> Repairs() const override { return {}; }
  std::vector<std::string> SideFiles(FileSystem* /*file_system*/) const override { return {}; }

 private:
  absl::Status OpenProducer() {
    TM_RETURN_IF_ERROR(
        tide_->CreateTopic("orders", {.partition_count = kPartitions, .exists_ok = true}).status());
    absl::StatusOr<Producer> opened = absl::UnknownError("not opened");
    tide_->OpenProducerAsync(
        {.transactional_id = "p"},
        [&opened](absl::StatusOr<Producer> producer) { opened = std::move(producer); });
    executor_.RunUntilIdle();
    TM_RETURN_IF_ERROR(opened.status());
    producer_.emplace(*std::move(opened));
    return absl::OkStatus();
  }

  static absl::Status Read(Topic topic, PartitionId partition, std::vector<int64_t>* numbers) {
    for (Offset offset{0};;) {
      TM_ASSIGN_OR_RETURN(
          const FetchedRecords records,
          topic.Read(partition, offset, {.isolation = IsolationLevel::kReadCommitted}));
      if (records.empty()) return absl::OkStatus();
      for (const RecordView& record : records) {
        int64_t number = 0;
        if (!absl::SimpleAtoi(record.value.value_or(""), &number)) {
          return absl::DataLossError("a record that nobody wrote");
        }
        numbers->push_back(number);
      }
      offset = records.next_offset();
    }
  }

  const TopicPartition consumed_{"orders", PartitionId{0}};
  OpenOptions options_;
  absl::optional<Tidemark> tide_;
  absl::optional<Producer> producer_;
};

}  // namespace

MachineMaker TideMachines() {
  return [](FileSystem* file_system, const Notes& notes) {
    return std::make_unique<TideMachine>(file_system, notes);
  };
}

}  // namespace tidemark
