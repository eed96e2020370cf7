// Goal: a transaction over partitions and offsets holds as a whole or not at all, wherever it is
// cut off. Method: a script of transactions runs on a file system in memory and is ended after
// every single change to the files, by the end of the process or by a power loss; the directory is
// opened again, and what readers of committed records and the group see is compared with what was
// acknowledged.

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "api/producer.h"
#include "api/testing/memory_tide.h"
#include "api/tidemark.h"

namespace tidemark {
namespace {

constexpr int kPartitions = 2;
const TopicPartition kConsumed{"orders", PartitionId{0}};

// Transactions 1, 2, 3 and so on: each appends its number to every partition, and commits it as the
// group's offset. The even ones are aborted.
class TransactionLife {
 public:
  TransactionLife() {
    memory_.options.config = {{"offsets.topic.num.partitions", "1"},
                              {"transaction.state.log.num.partitions", "1"},
                              {"log.segment.bytes", "600"}};
  }

  MemoryFileSystem& files() { return memory_.file_system; }

  // What was acknowledged before everything ended.
  std::set<int> Run(int count, Durability durability) {
    std::set<int> committed;
    if (!Open() || !MakeTopic() || !Begin()) return committed;
    for (int number = 1; number <= count; ++number) {
      if (!Transact(number) || !End(number % 2 == 1, durability)) return committed;
      // What is stored in mapped memory after the end is not there, and was never acknowledged.
      if (files().crashed()) return committed;
      if (number % 2 == 1) committed.insert(number);
    }
    return committed;
  }

  bool Open() {
    producer_.reset();
    tide_.reset();
    absl::StatusOr<Tidemark> opened = memory_.Open();
    if (!opened.ok()) return false;
    tide_.emplace(*std::move(opened));
    return true;
  }
  // The process is gone; what it would have done is not done.
  void Abandon() {
    producer_.reset();
    tide_.reset();
    memory_.executor.RunUntilIdle();
  }

  bool MakeTopic() {
    return tide_->CreateTopic("orders", {.partition_count = kPartitions, .exists_ok = true}).ok();
  }

  bool Begin() {
    producer_.reset();
    absl::StatusOr<Producer> opened = memory_.OpenProducer(&*tide_, {.transactional_id = "p"});
    if (opened.ok()) producer_.emplace(*std::move(opened));
    return producer_.has_value();
  }

  bool Transact(int number) {
    const absl::StatusOr<Topic> topic = tide_->OpenTopic("orders");
    if (!topic.ok() || !producer_->BeginTransaction().ok()) return false;
    const std::string value = absl::StrCat(number);
    for (int32_t i = 0; i < kPartitions; ++i) {
      if (!producer_->Append(*topic, {.value = value}, {.partition = PartitionId{i}}).ok()) {
        return false;
      }
    }
    return producer_->SendOffsets("g", {{kConsumed, {.offset = Offset{number}}}}).ok();
  }

  bool End(bool is_commit, Durability durability) {
    return is_commit ? memory_.Commit(*producer_, durability).ok()
                     : producer_->AbortTransaction().ok();
  }

  // The transactions that a reader of committed records finds in the partition.
  std::vector<int> Committed(int32_t partition) {
    std::vector<int> numbers;
    absl::StatusOr<Topic> topic = tide_->OpenTopic("orders");
    if (!topic.ok()) return numbers;
    Offset offset{0};
    while (true) {  // A read ends where a segment does.
      const auto records = topic->Read(PartitionId{partition}, offset,
                                       {.isolation = IsolationLevel::kReadCommitted});
      EXPECT_TRUE(records.ok()) << records.status();
      if (!records.ok() || records->empty()) break;
      for (const RecordView& record : *records) {
        int number = 0;
        EXPECT_TRUE(absl::SimpleAtoi(*record.value, &number));
        numbers.push_back(number);
      }
      offset = records->next_offset();
    }
    return numbers;
  }

  int GroupOffset() {
    const auto found = tide_->groups().FetchOffset("g", kConsumed);
    EXPECT_TRUE(found.ok()) << found.status();
    return found->has_value() ? static_cast<int>((*found)->offset.value()) : 0;
  }

  bool IsStable(int32_t partition) {
    absl::StatusOr<Topic> topic = tide_->OpenTopic("orders");
    if (!topic.ok()) return true;
    const PartitionOffsets offsets = topic->Offsets(PartitionId{partition}).value();
    return offsets.last_stable == offsets.latest;
  }

 private:
  MemoryTide memory_;
  absl::optional<Tidemark> tide_;
  absl::optional<Producer> producer_;
};

// What the next life finds: every partition and the group agree, what was acknowledged is there,
// what was aborted is not, and the producer goes on.
void ExpectWhole(TransactionLife* life, const std::set<int>& acknowledged) {
  ASSERT_TRUE(life->Open());
  ASSERT_TRUE(life->MakeTopic());
  ASSERT_TRUE(life->Begin());
  const std::vector<int> found = life->Committed(0);
  EXPECT_EQ(life->Committed(1), found);
  EXPECT_EQ(life->GroupOffset(), found.empty() ? 0 : found.back());
  EXPECT_TRUE(life->IsStable(0) && life->IsStable(1));
  const std::set<int> numbers(found.begin(), found.end());
  EXPECT_EQ(numbers.size(), found.size());
  for (const int number : acknowledged) EXPECT_TRUE(numbers.contains(number)) << number;
  for (const int number : found) EXPECT_EQ(number % 2, 1) << "was aborted";
  ASSERT_TRUE(life->Transact(99));
  ASSERT_TRUE(life->End(/*is_commit=*/true, Durability::kDurable));
  EXPECT_EQ(life->Committed(0).back(), 99);
  EXPECT_EQ(life->GroupOffset(), 99);
}

// Runs the script once for each of its changes, ended there by `end_life`.
void EndAfterEveryChange(int count, Durability durability,
                         const std::function<void(MemoryFileSystem*, int64_t)>& end_life) {
  for (int64_t changes = 1;; ++changes) {
    SCOPED_TRACE(absl::StrCat("ended after change ", changes));
    TransactionLife life;
    life.files().CrashAfterChanges(changes);
    const std::set<int> acknowledged = life.Run(count, durability);
    const bool has_ended = life.files().crashed();
    end_life(&life.files(), changes);
    life.Abandon();
    ASSERT_NO_FATAL_FAILURE(ExpectWhole(&life, acknowledged));
    if (testing::Test::HasFailure() || !has_ended) break;
  }
}

TEST(TransactionCrash, WhereverTheProcessEndsATransactionHoldsAsAWholeOrNot) {
  for (const Durability durability : {Durability::kDurable, Durability::kBuffered}) {
    EndAfterEveryChange(5, durability,
                        [](MemoryFileSystem* files, int64_t) { files->CrashProcess(); });
  }
}

TEST(TransactionCrash, WhereverPowerIsLostADurableTransactionHoldsAsAWholeOrNot) {
  for (const PowerLossMode mode :
       {PowerLossMode::kDropAll, PowerLossMode::kOrdered, PowerLossMode::kSubset}) {
    EndAfterEveryChange(3, Durability::kDurable, [mode](MemoryFileSystem* files, int64_t changes) {
      SeededRandom random(static_cast<uint64_t>(changes));
      files->PowerLoss(mode, &random);
    });
  }
}

// The topic of transactions may come out of a power loss behind the logs, or in front of them.
TEST(TransactionCrash, AfterAPowerLossNothingBufferedKeepsAPartitionWaiting) {
  for (int seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    SeededRandom random(static_cast<uint64_t>(seed));
    TransactionLife life;
    life.Run(3, Durability::kBuffered);
    ASSERT_TRUE(life.Transact(5));
    life.files().WriteBack(&random);
    life.files().PowerLoss(PowerLossMode::kSubset, &random);
    life.Abandon();
    ASSERT_TRUE(life.Open());
    ASSERT_TRUE(life.MakeTopic());
    ASSERT_TRUE(life.Begin());
    EXPECT_TRUE(life.IsStable(0) && life.IsStable(1));
    ASSERT_TRUE(life.Transact(99));
    ASSERT_TRUE(life.End(/*is_commit=*/true, Durability::kDurable));
    EXPECT_EQ(life.Committed(0).back(), 99);
    EXPECT_EQ(life.Committed(1).back(), 99);
  }
}

// What the dead process has decided, and the next one acts on, was not on stable storage yet.
TEST(TransactionCrash, H01_ADecisionThatAnOpeningFindsIsDurableBeforeAnythingComesOfIt) {
  TransactionLife life;
  ASSERT_TRUE(life.Open() && life.MakeTopic() && life.Begin());
  ASSERT_TRUE(life.Transact(1));
  // Right before a change the bytes are there that were stored in mapped memory since the last one.
  std::vector<MemorySnapshot> moments;
  life.files().SetFaultHook([&](const FileOperation& operation) {
    if (operation.change_ordinal != 0) moments.push_back(life.files().Snapshot());
    return FileFault();
  });
  ASSERT_TRUE(life.End(/*is_commit=*/true, Durability::kDurable));
  life.files().SetFaultHook(nullptr);
  for (size_t killed = 0; killed < moments.size(); ++killed) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE(absl::StrCat("killed before change ", killed, ", then seed ", seed));
      TransactionLife next;
      next.files().Restore(moments[killed]);
      ASSERT_TRUE(next.Open());
      SeededRandom random(seed);
      next.files().PowerLoss(PowerLossMode::kSubset, &random);
      next.Abandon();
      ASSERT_NO_FATAL_FAILURE(ExpectWhole(&next, {}));
      ASSERT_FALSE(testing::Test::HasFailure());
    }
  }
}

}  // namespace
}  // namespace tidemark
