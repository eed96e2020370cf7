#include "storage/log/log_harness.h"

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/record_batch.h"

namespace tidemark {

std::string MakeBatch(const std::vector<std::string>& values, Timestamp timestamp,
                      const RecordBatchOptions& options) {
  RecordBatchBuilder builder(options);
  for (const std::string& value : values) {
    Record record;
    record.value = value;
    record.timestamp = timestamp;
    ++timestamp;
    TM_CHECK(builder.Add(record).ok());
  }
  const absl::StatusOr<absl::Span<char>> batch = builder.Finish();
  TM_CHECK(batch.ok());
  return std::string(batch->data(), batch->size());
}

std::vector<std::string> Describe(absl::string_view batches) {
  std::vector<std::string> records;
  while (!batches.empty()) {
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(batches);
    absl::Status status = batch.status();
    if (status.ok()) status = batch->VerifyCrc();
    if (!status.ok()) return records.push_back(absl::StrCat("?", status.ToString())), records;
    absl::StatusOr<RecordReader> reader = RecordReader::Open(*batch);
    TM_CHECK(reader.ok());
    RecordView record;
    while (*reader->Next(&record)) {
      records.push_back(absl::StrCat(record.offset.value(), ":", record.value.value_or("null")));
    }
    batches.remove_prefix(batch->bytes().size());
  }
  return records;
}

LogHarness::LogHarness() {
  parameters.topic_partition = {"t", PartitionId(0)};
  parameters.directory = "/log";
  TM_CHECK(file_system.CreateDirectory("/log").ok());
  TM_CHECK(file_system.SyncDirectory("/").ok());
}

absl::Status LogHarness::Open(bool was_clean, Offset recovery_point) {
  if (log != nullptr) log->Abandon();
  log.reset();
  open_files.ForgetDirectory("/log");
  report = LogRecoveryReport();
  parameters.was_clean = was_clean;
  parameters.recovery_point = recovery_point;
  LogEnvironment environment;
  environment.file_system = &file_system;
  environment.open_files = &open_files;
  environment.index_cache = &index_cache;
  environment.clock = &clock;
  environment.executor = &executor;
  environment.random = &random;
  absl::StatusOr<std::shared_ptr<PartitionLog>> opened =
      PartitionLog::Open(environment, parameters, &report);
  if (!opened.ok()) return opened.status();
  log = *std::move(opened);
  return absl::OkStatus();
}

absl::Status LogHarness::Reopen() {
  const absl::Status closed = log->Close();
  return closed.ok() ? Open(true, log->offsets().log_end) : closed;
}

absl::Status LogHarness::CrashAndOpen(Offset recovery_point) {
  file_system.CrashProcess();
  return Open(false, recovery_point);
}

absl::Status LogHarness::LosePowerAndOpen(PowerLossMode mode, Random* choices,
                                          Offset recovery_point) {
  file_system.PowerLoss(mode, choices);
  return Open(false, recovery_point);
}

absl::StatusOr<AppendResult> LogHarness::Append(const std::vector<std::string>& values,
                                                Timestamp timestamp, LeaderEpoch epoch) {
  std::string batch = MakeBatch(values, timestamp);
  AppendOptions options;
  options.leader_epoch = epoch;
  return log->Append(absl::MakeSpan(batch), options);
}

std::vector<std::string> LogHarness::ReadAll(Offset offset, int64_t bytes_max) {
  std::vector<std::string> records;
  std::string bytes;
  ReadOptions options;
  options.bytes_max = bytes_max;
  while (true) {
    const absl::StatusOr<ReadInfo> info = log->Read(offset, options, &bytes);
    if (!info.ok()) return records.push_back(info.status().ToString()), records;
    if (bytes.empty()) return records;
    for (std::string& record : Describe(bytes)) records.push_back(std::move(record));
    offset = info->next_offset;
  }
}

std::vector<std::string> LogHarness::Files() {
  std::vector<std::string> names;
  const absl::StatusOr<std::vector<DirectoryEntry>> entries = file_system.List("/log");
  TM_CHECK(entries.ok());
  for (const DirectoryEntry& entry : *entries) names.push_back(entry.name);
  return names;
}

}  // namespace tidemark
