// Goal: transactions hold as a whole or not at all whatever threads do. Method: real threads commit
// and abort, open each other's transactional ids and read what is committed, while others close.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "api/producer.h"
#include "api/tidemark.h"
#include "storage/base/mutex.h"
#include "storage/error_code.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

constexpr int kPartitions = 2;
constexpr int kIds = 2;
constexpr int kThreadsPerId = 2;
constexpr int kTransactions = 60;
const TopicPartition kOrders0{"orders", PartitionId{0}};

class ProducerThreadsTest : public testing::Test {
 protected:
  ProducerThreadsTest() {
    options_.environment.file_system = &files_;
    options_.config = {{"offsets.topic.num.partitions", "1"},
                       {"transaction.state.log.num.partitions", "1"},
                       {"log.segment.bytes", "20000"}};
    tide_.emplace(Tidemark::Open("/data", options_).value());
    EXPECT_TRUE(tide_->CreateTopic("orders", {.partition_count = kPartitions}).ok());
  }

  // What one transaction came to.
  enum class Outcome { kHolds, kDoesNot, kUnknown };

  static Outcome OutcomeOf(const absl::Status& committed) {
    if (committed.ok()) return Outcome::kHolds;
    return absl::IsDataLoss(committed) ? Outcome::kUnknown : Outcome::kDoesNot;
  }

  // Appends `name` to every partition; odd transactions are aborted. What the commit said, or why
  // there was none.
  static absl::Status Transact(Producer producer, const Topic& topic, const std::string& name,
                               int number) {
    const absl::Status not_asked = absl::UnknownError("aborted");
    if (!producer.BeginTransaction().ok()) return not_asked;
    for (int32_t i = 0; i < kPartitions; ++i) {
      const auto ack = producer.Append(topic, {.value = name}, {.partition = PartitionId{i}});
      if (ack.ok()) continue;
      producer.AbortTransaction().IgnoreError();
      return ack.status();
    }
    if (!producer.SendOffsets("g", {{kOrders0, {.offset = Offset{number}}}}).ok()) return not_asked;
    if (number % 2 == 1) {
      producer.AbortTransaction().IgnoreError();
      return not_asked;
    }
    return producer.CommitTransaction(number % 4 == 0 ? Durability::kDurable
                                                      : Durability::kBuffered);
  }

  // Until the count is reached, or the Tidemark is closed.
  void Produce(int thread, int count) {
    const std::string id = absl::StrCat("p", thread % kIds);
    absl::StatusOr<Producer> producer = tide_->OpenProducer({.transactional_id = id});
    const absl::StatusOr<Topic> topic = tide_->OpenTopic("orders");
    for (int number = 0; number < count && topic.ok(); ++number) {
      if (!producer.ok() || number % 10 == 9) {
        producer = tide_->OpenProducer({.transactional_id = id});
        if (absl::IsFailedPrecondition(producer.status())) return;
        if (!producer.ok()) continue;
      }
      const std::string name = absl::StrCat(life_, "/", thread, "/", number);
      const absl::Status status = Transact(*producer, *topic, name, number);
      // A commit that was refused stays undone: no one commits it again.
      Note(name, OutcomeOf(status));
      if (!status.ok() && ErrorCodeOf(status).has_value()) producer = status;
    }
  }

  void Note(const std::string& name, Outcome outcome) {
    MutexLock lock(&mutex_);
    outcomes_[name] = outcome;
  }

  std::vector<std::string> Committed(int32_t partition) {
    std::vector<std::string> names;
    absl::StatusOr<Topic> topic = tide_->OpenTopic("orders");
    if (!topic.ok()) return names;
    Offset offset{0};
    while (true) {
      const auto records = topic->Read(PartitionId{partition}, offset,
                                       {.isolation = IsolationLevel::kReadCommitted});
      if (!records.ok() || records->empty()) return names;
      for (const RecordView& record : *records) names.emplace_back(*record.value);
      offset = records->next_offset();
    }
  }

  // What was seen once stays, and nothing that was aborted is seen.
  void ReadWhile(const std::atomic<bool>& is_running) {
    std::vector<std::string> before;
    while (is_running) {
      std::vector<std::string> now = Committed(0);
      if (now.size() < before.size()) continue;  // Closed meanwhile.
      for (size_t i = 0; i < before.size(); ++i) ASSERT_EQ(now[i], before[i]);
      before = std::move(now);
    }
  }

  void RunProducers(int count, const std::function<void()>& meanwhile) {
    ++life_;
    std::atomic<bool> is_running{true};
    std::thread reader([&] { ReadWhile(is_running); });
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kIds * kThreadsPerId; ++thread) {
      threads.emplace_back([this, thread, count] { Produce(thread, count); });
    }
    meanwhile();
    for (std::thread& thread : threads) thread.join();
    is_running = false;
    reader.join();
  }

  void ExpectWhole() {
    for (int id = 0; id < kIds; ++id) {  // Ends what was left open.
      EXPECT_TRUE(tide_->OpenProducer({.transactional_id = absl::StrCat("p", id)}).ok());
    }
    const std::vector<std::string> first = Committed(0);
    const std::vector<std::string> second = Committed(1);
    const std::set<std::string> names(first.begin(), first.end());
    EXPECT_EQ(names, std::set<std::string>(second.begin(), second.end()));
    EXPECT_EQ(names.size(), first.size());
    EXPECT_EQ(names.size(), second.size());
    MutexLock lock(&mutex_);
    for (const auto& [name, outcome] : outcomes_) {
      if (outcome == Outcome::kUnknown) continue;
      EXPECT_EQ(names.contains(name), outcome == Outcome::kHolds) << name;
    }
  }

  MemoryFileSystem files_;
  OpenOptions options_;
  absl::optional<Tidemark> tide_;
  int life_ = 0;
  Mutex mutex_;
  std::map<std::string, Outcome> outcomes_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(ProducerThreadsTest, TransactionsHoldAsAWholeWhileProducersFenceEachOther) {
  RunProducers(kTransactions, [] {});
  ExpectWhole();
}

TEST_F(ProducerThreadsTest, WhatIsToldOfATransactionHoldsWhereACloseCutsItOff) {
  for (int life = 0; life < 10; ++life) {
    const size_t before = Committed(1).size();
    RunProducers(1000000, [this, before] {
      while (Committed(1).size() < before + 20) std::this_thread::yield();
      EXPECT_TRUE(tide_->Close().ok());
    });
    tide_.reset();
    tide_.emplace(Tidemark::Open("/data", options_).value());
    ASSERT_NO_FATAL_FAILURE(ExpectWhole());
  }
}

}  // namespace
}  // namespace tidemark
