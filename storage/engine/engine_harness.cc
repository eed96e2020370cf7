#include "storage/engine/engine_harness.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/record.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {

absl::Status AppendRecord(StorageEngine* engine, const std::string& topic, int32_t partition,
                          absl::string_view value, bool sync) {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<ReplicaLog> log,
                      engine->GetLog({topic, PartitionId(partition)}));
  RecordBatchBuilder builder;
  Record record;
  record.value = value;
  record.timestamp = Timestamp(1000);
  TM_RETURN_IF_ERROR(builder.Add(record));
  TM_ASSIGN_OR_RETURN(const absl::Span<char> batch, builder.Finish());
  TM_ASSIGN_OR_RETURN(const AppendResult result, log->Append(batch, AppendOptions()));
  return sync ? log->Sync(result.last_offset + 1) : absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ReadRecords(const StorageEngine& engine,
                                                     const std::string& topic, int32_t partition) {
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<ReplicaLog> log,
                      engine.GetLog({topic, PartitionId(partition)}));
  std::vector<std::string> values;
  std::string bytes;
  for (Offset next = log->offsets().log_start; next < log->offsets().log_end;) {
    TM_ASSIGN_OR_RETURN(const ReadInfo info, log->Read(next, ReadOptions(), &bytes));
    TM_CHECK(info.next_offset > next);
    next = info.next_offset;
    for (absl::string_view rest = bytes; !rest.empty();) {
      TM_ASSIGN_OR_RETURN(const RecordBatchView batch, RecordBatchView::Parse(rest));
      TM_RETURN_IF_ERROR(batch.VerifyCrc());
      TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
      RecordView record;
      for (;;) {
        TM_ASSIGN_OR_RETURN(const bool more, reader.Next(&record));
        if (!more) break;
        values.emplace_back(record.value.value_or("null"));
      }
      rest.remove_prefix(batch.bytes().size());
    }
  }
  return values;
}

absl::Status EngineHarness::Open() {
  engine.reset();
  absl::StatusOr<std::unique_ptr<StorageEngine>> opened =
      StorageEngine::Open(kRoot, environment(), options);
  TM_RETURN_IF_ERROR(opened.status());
  engine = *std::move(opened);
  return absl::OkStatus();
}

void EngineHarness::LetGo() {
  if (file_system.crashed()) {
    engine.reset();
    return;
  }
  const MemorySnapshot snapshot = file_system.Snapshot();
  engine.reset();
  file_system.Restore(snapshot);
}

void EngineHarness::Crash() {
  LetGo();
  file_system.CrashProcess();
}

void EngineHarness::LosePower(PowerLossMode mode, uint64_t seed) {
  LetGo();
  SeededRandom choices(seed);
  file_system.PowerLoss(mode, &choices);
}

absl::Status EngineHarness::Append(const std::string& topic, int32_t partition,
                                   absl::string_view value, bool sync) {
  return AppendRecord(engine.get(), topic, partition, value, sync);
}

std::vector<std::string> EngineHarness::Read(const std::string& topic, int32_t partition) {
  absl::StatusOr<std::vector<std::string>> values = ReadRecords(*engine, topic, partition);
  if (values.ok()) return *std::move(values);
  return {absl::StrCat("[", values.status().ToString(), "]")};
}

std::vector<std::string> EngineHarness::List() {
  std::vector<std::string> names;
  const absl::StatusOr<std::vector<DirectoryEntry>> entries = file_system.List(kRoot);
  TM_CHECK(entries.ok());
  for (const DirectoryEntry& entry : *entries) {
    names.push_back(absl::StrCat(entry.name, entry.type == FileType::kDirectory ? "/" : ""));
  }
  return names;
}

std::string EngineHarness::ReadFile(absl::string_view name) {
  const absl::StatusOr<std::string> text =
      ReadWholeFile(&file_system, absl::StrCat(kRoot, "/", name), 1 << 20);
  return text.ok() ? *text : absl::StrCat("[", text.status().ToString(), "]");
}

void EngineHarness::WriteFile(absl::string_view name, absl::string_view contents) {
  const std::string path = absl::StrCat(kRoot, "/", name);
  const std::string directory = path.substr(0, path.rfind('/'));
  const std::string last = path.substr(path.rfind('/') + 1);
  for (const std::string& made : {std::string(kRoot), directory}) {
    const absl::Status status = file_system.CreateDirectory(made);
    TM_CHECK(status.ok() || absl::IsAlreadyExists(status));
  }
  TM_CHECK(ReplaceWholeFile(&file_system, directory, last, contents).ok());
}

bool EngineHarness::Exists(absl::string_view name) {
  return file_system.Stat(absl::StrCat(kRoot, "/", name)).ok();
}

}  // namespace tidemark
