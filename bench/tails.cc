#include "bench/tails.h"

#include <atomic>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "api/tidemark.h"
#include "bench/batches.h"
#include "bench/log_engine.h"
#include "bench/threads.h"
#include "storage/base/status_macros.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

// Longer than a reader needs to be in its wait again.
constexpr int64_t kPauseNanoseconds = 20000;

void SpinFor(int64_t nanoseconds) {
  for (const int64_t until = NowNanoseconds() + nanoseconds; NowNanoseconds() < until;) {
  }
}

// What all share: a writer on a thread of its own, and a reader.
class HandOver : public Contender {
 public:
  HandOver(std::string name, ContenderKind kind, std::string settings, const Load& load)
      : Contender(std::move(name), kind, std::move(settings)), load_(load) {}

  absl::Status Run(Round& round) override {
    written_.store(0);
    seen_.store(0);
    absl::Status write_status;
    std::thread writer([&] { write_status = WriteAll(); });
    const absl::Status read_status = ReadAll(&round.latencies);
    if (!read_status.ok()) seen_.store(load_.batches);
    writer.join();
    return write_status.ok() ? read_status : write_status;
  }

  absl::Status Check(Round& round) override {
    return RequireCount("records seen", round.latencies.count(), load_.batches);
  }

 protected:
  // Appends record `number`.
  virtual absl::Status Write(int64_t number) = 0;
  // Returns when the reader has record `number`.
  virtual absl::Status AwaitRecord(int64_t number) = 0;

  const Load load_;

 private:
  absl::Status WriteAll() {
    for (int64_t i = 0; i < load_.batches; ++i) {
      SpinFor(kPauseNanoseconds);
      begun_at_.store(NowNanoseconds(), std::memory_order_relaxed);
      const absl::Status status = Write(i);
      written_.store(i + 1, std::memory_order_release);
      TM_RETURN_IF_ERROR(status);
      while (seen_.load(std::memory_order_acquire) <= i) std::this_thread::yield();
    }
    return absl::OkStatus();
  }

  absl::Status ReadAll(Latencies* latencies) {
    for (int64_t i = 0; i < load_.batches; ++i) {
      TM_RETURN_IF_ERROR(AwaitRecord(i));
      const int64_t now = NowNanoseconds();
      while (written_.load(std::memory_order_acquire) <= i) std::this_thread::yield();
      latencies->Add(now - begun_at_.load(std::memory_order_relaxed));
      seen_.store(i + 1, std::memory_order_release);
    }
    return absl::OkStatus();
  }

  std::atomic<int64_t> written_{0};
  std::atomic<int64_t> begun_at_{0};
  std::atomic<int64_t> seen_{0};
};

class HandOverLimit final : public HandOver {
 public:
  explicit HandOverLimit(const Load& load)
      : HandOver("store and spinning load", ContenderKind::kLimit,
                 "an atomic number, stored by one thread; another spins until it sees it", load) {}

  absl::Status Prepare(Round& /*round*/) override {
    number_.store(-1);
    return absl::OkStatus();
  }
  void Finish() override {}

 protected:
  absl::Status Write(int64_t number) override {
    number_.store(number, std::memory_order_release);
    return absl::OkStatus();
  }
  absl::Status AwaitRecord(int64_t number) override {
    while (number_.load(std::memory_order_acquire) < number) {
    }
    return absl::OkStatus();
  }

 private:
  std::atomic<int64_t> number_{-1};
};

class LogTail final : public HandOver {
 public:
  LogTail(const Load& load, bool spins)
      : HandOver(spins ? "Log::View, spinning" : "Log::AwaitAppend", ContenderKind::kTidemark,
                 spins ? "the reader calls Log::View until the batch is there"
                       : "a callback of Log::AwaitAppend tells a spinning reader, which then views",
                 load),
        spins_(spins) {}

  absl::Status Prepare(Round& round) override {
    batch_ = MakeBatch(load_);
    TM_ASSIGN_OR_RETURN(engine_, LogEngine::Open(round.directory, 1));
    return absl::OkStatus();
  }
  void Finish() override { engine_.reset(); }

 protected:
  absl::Status Write(int64_t /*number*/) override {
    AppendOptions options;
    options.is_trusted = true;
    return engine_->log().Append(absl::MakeSpan(batch_), options).status();
  }

  absl::Status AwaitRecord(int64_t number) override {
    const Offset offset(number * load_.records_per_batch);
    if (!spins_) {
      std::atomic<bool> is_there{false};
      engine_->log().AwaitAppend(offset, absl::InfiniteDuration(),
                                 [&](const absl::Status& /*status*/) { is_there.store(true); });
      while (!is_there.load()) {
      }
    }
    for (;;) {
      TM_ASSIGN_OR_RETURN(const LogView view, engine_->log().View(offset, ReadOptions()));
      if (!view.bytes.empty()) return RecordBatchView::Parse(view.bytes).status();
    }
  }

 private:
  const bool spins_;
  std::string batch_;
  std::unique_ptr<LogEngine> engine_;
};

class TopicTail final : public HandOver {
 public:
  explicit TopicTail(const Load& load)
      : HandOver("Topic::Tail", ContenderKind::kTidemark,
                 "the reader's thread sleeps in Topic::Tail; Topic::Append wakes it", load),
        values_(load) {}

  absl::Status Prepare(Round& round) override {
    TM_ASSIGN_OR_RETURN(Tidemark opened, Tidemark::Open(absl::StrCat(round.directory, "/data")));
    tidemark_.emplace(std::move(opened));
    TopicOptions options;
    options.partition_count = 1;
    TM_ASSIGN_OR_RETURN(Topic topic, tidemark_->CreateTopic(kBenchTopic, options));
    topic_.emplace(std::move(topic));
    return absl::OkStatus();
  }
  void Finish() override {
    topic_.reset();
    tidemark_.reset();
  }

 protected:
  absl::Status Write(int64_t number) override {
    Record record;
    record.value = values_.ValueOf(number);
    return topic_->Append(record).status();
  }

  absl::Status AwaitRecord(int64_t number) override {
    TM_ASSIGN_OR_RETURN(const FetchedRecords fetched,
                        topic_->Tail(PartitionId(0), Offset(number), absl::Seconds(60)));
    return RequireCount("records in a tail read", static_cast<int64_t>(fetched.size()), 1);
  }

 private:
  const BatchValues values_;
  absl::optional<Tidemark> tidemark_;
  absl::optional<Topic> topic_;
};

}  // namespace

std::unique_ptr<Contender> NewHandOverLimit(const Load& load) {
  return std::make_unique<HandOverLimit>(load);
}

std::unique_ptr<Contender> NewTail(const Load& load, TailCall call) {
  if (call == TailCall::kTail) return std::make_unique<TopicTail>(load);
  return std::make_unique<LogTail>(load, call == TailCall::kView);
}

}  // namespace tidemark
