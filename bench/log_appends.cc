#include "bench/log_appends.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/span.h"
#include "bench/batches.h"
#include "bench/log_engine.h"
#include "bench/threads.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

std::string NameOf(BatchWork work, const AppendSetup& setup, bool is_async) {
  std::string name;
  switch (work) {
    case BatchWork::kVerify:
      name = "VerifyCrc and Log::Append";
      break;
    case BatchWork::kTrust:
      name = "Log::Append, trusted";
      break;
    case BatchWork::kCheck:
      name = "Log::Append, checked";
      break;
    case BatchWork::kEncode:
      name = "builder and Log::Append";
      break;
  }
  if (setup.durability == Durability::kBuffered) return name;
  return absl::StrCat(name, is_async ? ", AwaitDurable" : ", Sync",
                      setup.journal_bytes > 0 ? ", journal" : "");
}

const char* CallsOf(BatchWork work) {
  switch (work) {
    case BatchWork::kVerify:
      return "finished batches; on the clock the caller parses each and verifies its CRC, then "
             "appends it as trusted";
    case BatchWork::kTrust:
      return "finished batches with their CRC, made before the round and appended as trusted";
    case BatchWork::kCheck:
      return "finished batches, of which Log::Append checks the CRC and every record";
    case BatchWork::kEncode:
      return "RecordBatchBuilder encodes and sums each batch on the clock; appended as trusted";
  }
  TM_CHECK(false);
}

AppendOptions AppendOptionsOf(BatchWork work) {
  AppendOptions append_options;
  append_options.is_trusted = work != BatchWork::kCheck;
  return append_options;
}

// What both kinds share: the engine with its logs filled, and the check of all that came after.
class LogContender : public Contender {
 public:
  LogContender(const Load& load, BatchWork work, const AppendSetup& setup, bool is_async)
      : Contender(NameOf(work, setup, is_async), ContenderKind::kTidemark,
                  SettingsOf(CallsOf(work), setup)),
        load_(load),
        work_(work),
        setup_(setup) {}

  absl::Status Prepare(Round& round) override {
    batch_ = MakeBatch(load_);
    TM_ASSIGN_OR_RETURN(engine_, LogEngine::Open(round.directory, load_.partitions,
                                                 setup_.topic_config, setup_.journal_bytes));
    starts_.clear();
    syncs_ = 0;
    rolls_ = 0;
    for (int i = 0; i < load_.partitions; ++i) {
      ReplicaLog& log = engine_->log(i);
      TM_RETURN_IF_ERROR(FillSteadily(setup_.steady_bytes / load_.partitions, &log));
      if (setup_.durability == Durability::kDurable) {
        TM_RETURN_IF_ERROR(log.Sync(log.offsets().log_end));
      }
      starts_.push_back(log.offsets().log_end);
      syncs_ -= log.stats().sync_count;
      rolls_ -= log.stats().roll_count;
    }
    return absl::OkStatus();
  }

  absl::Status Check(Round& round) override {
    int64_t batches = 0;
    for (int i = 0; i < load_.partitions; ++i) {
      ReplicaLog& log = engine_->log(i);
      TM_RETURN_IF_ERROR(CheckLog(starts_[static_cast<size_t>(i)], batch_, &log, &batches));
      syncs_ += log.stats().sync_count;
      rolls_ += log.stats().roll_count;
    }
    round.figures["syncs"] = static_cast<double>(syncs_);
    round.figures["rolls"] = static_cast<double>(rolls_);
    return RequireCount("batches", batches, load_.batches);
  }

  void Finish() override { engine_.reset(); }

 protected:
  const Load load_;
  const BatchWork work_;
  const AppendSetup setup_;
  std::string batch_;
  std::unique_ptr<LogEngine> engine_;

 private:
  std::vector<Offset> starts_;  // Of each partition, when the round began.
  int64_t syncs_ = 0;
  int64_t rolls_ = 0;
};

class LogAppend final : public LogContender {
 public:
  LogAppend(const Load& load, BatchWork work, const AppendSetup& setup)
      : LogContender(load, work, setup, false), values_(load) {}

  absl::Status Run(Round& round) override {
    return AppendOnThreads(
        load_,
        [this](int64_t batches, Latencies* latencies) { return AppendShare(batches, latencies); },
        &round.latencies);
  }

 private:
  absl::Status AppendShare(int64_t batches, Latencies* latencies) {
    std::string own = batch_;
    RecordBatchBuilder builder;
    const AppendOptions append_options = AppendOptionsOf(work_);
    ReplicaLog& log = engine_->log();
    for (int64_t i = 0; i < batches; ++i) {
      const int64_t begin = setup_.with_latencies ? NowNanoseconds() : 0;
      absl::Span<char> batch = absl::MakeSpan(own);
      if (work_ == BatchWork::kEncode) {
        TM_ASSIGN_OR_RETURN(batch, Encode(&builder));
      } else if (work_ == BatchWork::kVerify) {
        TM_ASSIGN_OR_RETURN(const RecordBatchView view, RecordBatchView::Parse(own));
        TM_RETURN_IF_ERROR(view.VerifyCrc());
      }
      TM_ASSIGN_OR_RETURN(const AppendResult appended, log.Append(batch, append_options));
      if (setup_.durability == Durability::kDurable) {
        TM_RETURN_IF_ERROR(log.Sync(appended.last_offset + 1));
      }
      if (setup_.with_latencies) latencies->Add(NowNanoseconds() - begin);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<absl::Span<char>> Encode(RecordBatchBuilder* builder) {
    builder->Reset();
    Record record;
    record.timestamp = Timestamp(absl::ToUnixMillis(absl::Now()));
    for (const absl::string_view value : values_.values()) {
      record.value = value;
      TM_RETURN_IF_ERROR(builder->Add(record));
    }
    return builder->Finish();
  }

  const BatchValues values_;
};

class LogAppendAsync final : public LogContender {
 public:
  LogAppendAsync(const Load& load, const AppendSetup& setup)
      : LogContender(load, BatchWork::kTrust, setup, true) {}

  absl::Status Run(Round& /*round*/) override {
    Outstanding outstanding;
    std::string own = batch_;
    const AppendOptions append_options = AppendOptionsOf(work_);
    for (int64_t i = 0; i < load_.batches; ++i) {
      outstanding.Begin(load_.outstanding);
      ReplicaLog& log = engine_->log(static_cast<int>(i % load_.partitions));
      const absl::StatusOr<AppendResult> appended = log.Append(absl::MakeSpan(own), append_options);
      if (!appended.ok()) {
        outstanding.End(appended.status());
        break;
      }
      log.AwaitDurable(appended->last_offset + 1,
                       [&](absl::Status status) { outstanding.End(status); });
    }
    return outstanding.AwaitAll();
  }
};

}  // namespace

std::unique_ptr<Contender> NewLogAppend(const Load& load, BatchWork work,
                                        const AppendSetup& setup) {
  return std::make_unique<LogAppend>(load, work, setup);
}

std::unique_ptr<Contender> NewLogAppendAsync(const Load& load, const AppendSetup& setup) {
  return std::make_unique<LogAppendAsync>(load, setup);
}

}  // namespace tidemark
