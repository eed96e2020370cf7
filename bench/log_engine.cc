#include "bench/log_engine.h"

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "bench/batches.h"
#include "storage/base/status_macros.h"
#include "storage/posix_env.h"

namespace tidemark {

LogEngine::LogEngine()
    : file_system_(NewPosixFileSystem()),
      clock_(NewSystemClock()),
      executor_(NewThreadPoolExecutor(2)),
      random_(NewSystemRandom()) {}

LogEngine::~LogEngine() {
  logs_.clear();
  engine_.reset();
}

absl::StatusOr<std::unique_ptr<LogEngine>> LogEngine::Open(const std::string& directory,
                                                           int partitions,
                                                           const ConfigMap& topic_config,
                                                           int64_t journal_bytes) {
  std::unique_ptr<LogEngine> made(new LogEngine);
  Environment environment;
  environment.file_system = made->file_system_.get();
  environment.clock = made->clock_.get();
  environment.executor = made->executor_.get();
  environment.random = made->random_.get();
  EngineOptions options;
  options.config = {{"tidemark.journal.bytes", absl::StrCat(journal_bytes)}};
  const std::string data = absl::StrCat(directory, "/data");
  TM_ASSIGN_OR_RETURN(made->engine_, StorageEngine::Open(data, environment, options));
  if (made->engine_->ListTopics().empty()) {
    TM_RETURN_IF_ERROR(made->engine_->CreateTopic(kBenchTopic, partitions, topic_config).status());
  }
  for (int i = 0; i < partitions; ++i) {
    TM_ASSIGN_OR_RETURN(std::shared_ptr<ReplicaLog> log,
                        made->engine_->GetLog({kBenchTopic, PartitionId(i)}));
    made->logs_.push_back(std::move(log));
  }
  // The first durable append has it made.
  while (journal_bytes > 0 &&
         !made->file_system_->Stat(absl::StrCat(data, "/", kJournalName)).ok()) {
    TM_RETURN_IF_ERROR(FillSteadily(int64_t{32} << 10, made->logs_[0].get()));
    TM_RETURN_IF_ERROR(made->logs_[0]->Sync(made->logs_[0]->offsets().log_end));
  }
  return made;
}

absl::Status FillSteadily(int64_t size_bytes, Log* log) {
  Load load;
  load.record_bytes = 1024;
  load.records_per_batch = 16;
  const std::string batch = MakeBatch(load);
  return Fill(batch, size_bytes / static_cast<int64_t>(batch.size()), log);
}

absl::Status Fill(absl::string_view batch, int64_t batches, Log* log) {
  std::string own(batch);
  AppendOptions options;
  options.is_trusted = true;
  for (int64_t i = 0; i < batches; ++i) {
    TM_RETURN_IF_ERROR(log->Append(absl::MakeSpan(own), options).status());
  }
  return absl::OkStatus();
}

absl::Status CheckLog(Offset offset, absl::string_view batch, LogReader* log, int64_t* batches) {
  while (offset < log->offsets().log_end) {
    TM_ASSIGN_OR_RETURN(const LogView view, log->View(offset, ReadOptions()));
    TM_RETURN_IF_ERROR(CheckBatches(view.bytes, batch, batches));
    if (view.info.next_offset <= offset) return absl::DataLossError("the log does not go on");
    offset = view.info.next_offset;
  }
  return absl::OkStatus();
}

}  // namespace tidemark
