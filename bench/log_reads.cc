#include "bench/log_reads.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "api/tidemark.h"
#include "bench/bare_file.h"
#include "bench/batches.h"
#include "bench/log_engine.h"
#include "storage/base/status_macros.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

constexpr int64_t kReadBytes = int64_t{1} << 20;

std::string NameOf(ReadCall call, ReadWork work) {
  if (call == ReadCall::kTopic) return "Topic::Read";
  return absl::StrCat(call == ReadCall::kView ? "Log::View" : "Log::Read", ", ", NameOf(work));
}

std::string SettingsOf(ReadCall call) {
  if (call == ReadCall::kTopic) return "1 MiB at a time: CRC and records, as FetchedRecords";
  return "1 MiB at a time; the caller parses each batch, verifies its CRC, and reads its records "
         "with a RecordReader where the row says so";
}

absl::Status LookAt(absl::string_view batches, ReadWork work, ReadTally* tally) {
  RecordView record;
  while (!batches.empty()) {
    TM_ASSIGN_OR_RETURN(const RecordBatchView batch, RecordBatchView::Parse(batches));
    TM_RETURN_IF_ERROR(batch.VerifyCrc());
    batches.remove_prefix(batch.bytes().size());
    ++tally->batches;
    if (work == ReadWork::kCrc) continue;
    TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
    for (;;) {
      TM_ASSIGN_OR_RETURN(const bool has_one, reader.Next(&record));
      if (!has_one) break;
      ++tally->records;
      tally->value_bytes += static_cast<int64_t>(record.value->size());
    }
  }
  return absl::OkStatus();
}

class LogRead final : public Contender {
 public:
  LogRead(const Load& load, ReadCall call, ReadWork work, Cache cache)
      : Contender(NameOf(call, work), ContenderKind::kTidemark, SettingsOf(call)),
        load_(load),
        call_(call),
        work_(work),
        cache_(cache) {}

  absl::Status Prepare(Round& round) override {
    tally_ = {};
    TM_ASSIGN_OR_RETURN(engine_, LogEngine::Open(round.directory, 1));
    TM_RETURN_IF_ERROR(Fill(MakeBatch(load_), load_.batches, &engine_->log()));
    const bool reopens = cache_ == Cache::kCold || call_ == ReadCall::kTopic;
    if (reopens) {
      TM_RETURN_IF_ERROR(engine_->Close());
      engine_.reset();
    }
    if (cache_ == Cache::kCold) TM_RETURN_IF_ERROR(EvictDirectory(round.directory));
    if (call_ == ReadCall::kTopic) {
      TM_ASSIGN_OR_RETURN(Tidemark opened, Tidemark::Open(absl::StrCat(round.directory, "/data")));
      tidemark_.emplace(std::move(opened));
      TM_ASSIGN_OR_RETURN(Topic topic, tidemark_->OpenTopic(kBenchTopic));
      topic_.emplace(std::move(topic));
    } else if (reopens) {
      TM_ASSIGN_OR_RETURN(engine_, LogEngine::Open(round.directory, 1));
    }
    return cache_ == Cache::kCold ? RequireCold(round) : absl::OkStatus();
  }

  absl::Status Run(Round& /*round*/) override {
    for (int pass = 0; pass < load_.passes; ++pass) {
      TM_RETURN_IF_ERROR(call_ == ReadCall::kTopic ? ReadTopic() : ReadLog());
    }
    return absl::OkStatus();
  }

  absl::Status Check(Round& /*round*/) override {
    return call_ == ReadCall::kTopic ? tally_.CheckRecords(load_) : tally_.Check(load_, work_);
  }

  void Finish() override {
    topic_.reset();
    tidemark_.reset();
    engine_.reset();
  }

 private:
  static absl::Status RequireCold(Round& round) {
    TM_ASSIGN_OR_RETURN(const CachedBytes bytes, CountCachedBytes(round.directory));
    const double percent = 100.0 * static_cast<double>(bytes.cached) /
                           static_cast<double>(std::max<int64_t>(bytes.all, 1));
    round.figures["cached_percent"] = percent;
    if (percent < 5 || bytes.cached < (int64_t{1} << 20)) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("opening has read ", percent, " percent"));
  }

  absl::Status ReadLog() {
    ReadOptions options;
    options.bytes_max = kReadBytes;
    ReplicaLog& log = engine_->log();
    const Offset end = log.offsets().log_end;
    std::string copied;
    for (Offset offset{0}; offset < end;) {
      if (call_ == ReadCall::kView) {
        TM_ASSIGN_OR_RETURN(const LogView view, log.View(offset, options));
        TM_RETURN_IF_ERROR(LookAt(view.bytes, work_, &tally_));
        offset = view.info.next_offset;
      } else {
        TM_ASSIGN_OR_RETURN(const ReadInfo info, log.Read(offset, options, &copied));
        TM_RETURN_IF_ERROR(LookAt(copied, work_, &tally_));
        offset = info.next_offset;
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadTopic() {
    FetchOptions options;
    options.bytes_max = kReadBytes;
    for (Offset offset{0};;) {
      TM_ASSIGN_OR_RETURN(const FetchedRecords fetched,
                          topic_->Read(PartitionId(0), offset, options));
      if (fetched.empty()) return absl::OkStatus();
      for (const RecordView& record : fetched) {
        tally_.value_bytes += static_cast<int64_t>(record.value->size());
      }
      tally_.records += static_cast<int64_t>(fetched.size());
      offset = fetched.next_offset();
    }
  }

  const Load load_;
  const ReadCall call_;
  const ReadWork work_;
  const Cache cache_;
  std::unique_ptr<LogEngine> engine_;
  absl::optional<Tidemark> tidemark_;
  absl::optional<Topic> topic_;
  ReadTally tally_;
};

}  // namespace

std::unique_ptr<Contender> NewLogRead(const Load& load, ReadCall call, ReadWork work, Cache cache) {
  return std::make_unique<LogRead>(load, call, work, cache);
}

}  // namespace tidemark
