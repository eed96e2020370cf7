// A whole data directory that anybody may have written: looked at from outside, opened, read,
// closed and opened again. Whatever is in it, nothing crashes, and what the first opening has made
// of it is what the second one finds.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/base/check.h"
#include "storage/engine/engine_harness.h"
#include "storage/engine/topic_file.h"
#include "storage/env/whole_file.h"
#include "storage/inspect.h"
#include "storage/log.h"
#include "storage/record_batch.h"
#include "storage/types.h"
#include "tests/fuzz/directory_input.h"
#include "tests/fuzz/targets.h"

namespace tidemark {
namespace {

constexpr int32_t kPartitionsMax = 4;
// As StatusCodeToString says it.
constexpr char kDamaged[] = "DATA_LOSS";

// More partitions are as many times the same.
bool HasManyPartitions(const DirectoryInput& directory) {
  for (const char* name : {"t.topic", "c.topic", "t.topic.tmp"}) {
    const auto file = directory.files.find(name);
    if (file == directory.files.end()) continue;
    const absl::StatusOr<TopicFile> topic = ParseTopicFile(file->second);
    if (topic.ok() && topic->partition_count > kPartitionsMax) return true;
  }
  return false;
}

// Puts the files where the harness looks, as if they had been there for long.
void PutFiles(const DirectoryInput& directory, EngineHarness* life) {
  TM_CHECK(life->file_system.CreateDirectory(EngineHarness::kRoot).ok());
  for (const auto& [path, bytes] : directory.files) {
    const std::string full = absl::StrCat(EngineHarness::kRoot, "/", path);
    const size_t slash = full.rfind('/');
    const absl::Status made = life->file_system.CreateDirectory(full.substr(0, slash));
    TM_CHECK(made.ok() || absl::IsAlreadyExists(made));
    TM_CHECK(
        ReplaceWholeFile(&life->file_system, full.substr(0, slash), full.substr(slash + 1), bytes)
            .ok());
  }
}

// Every file and partition, without opening the directory. Returns how much damage there is.
int64_t LookFromOutside(const DirectoryInput& directory, FileSystem* file_system) {
  for (const auto& [path, bytes] : directory.files) {
    DumpFile(file_system, absl::StrCat(EngineHarness::kRoot, "/", path), [](const DataFileItem&) {
      return true;
    }).IgnoreError();  // Not every file is of a kind that can be dumped.
  }
  VerifyOptions options;
  options.decompressed_bytes_max = kFuzzDecompressedBytesMax;
  const absl::StatusOr<VerifyTotals> totals =
      VerifyDataDirectory(file_system, EngineHarness::kRoot, options);
  return totals.ok() ? totals->damage_count : -1;
}

// The batches of a log, or that it is damaged: what a clean stop hides, because nothing is checked
// at the opening behind it, the next opening may find, and then it keeps the whole log offline.
std::string ReadLog(Log* log, IsolationLevel isolation) {
  std::string all;
  std::string batches;
  const LogOffsets offsets = log->offsets();
  TM_CHECK(offsets.log_start <= offsets.flushed && offsets.flushed <= offsets.log_end);
  TM_CHECK(offsets.log_start <= offsets.last_stable && offsets.last_stable <= offsets.log_end);
  ReadOptions options;
  options.isolation = isolation;
  for (Offset next = offsets.log_start;;) {
    const absl::StatusOr<ReadInfo> info = log->Read(next, options, &batches);
    if (!info.ok()) return absl::StatusCodeToString(info.status().code());
    if (batches.empty()) return all;
    TM_CHECK(info->next_offset > next);
    next = info->next_offset;
    absl::StrAppend(&all, batches);
    for (absl::string_view rest = batches; !rest.empty();) {
      const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(rest);
      TM_CHECK(batch.ok());
      if (!batch->VerifyCrc().ok()) return kDamaged;
      rest.remove_prefix(batch->bytes().size());
    }
  }
}

std::string DescribeLog(Log* log) {
  log->FindByTimestamp(Timestamp(1000)).IgnoreError();  // May meet damage.
  const std::string all = ReadLog(log, IsolationLevel::kReadUncommitted);
  const std::string committed = ReadLog(log, IsolationLevel::kReadCommitted);
  if (all == kDamaged) return kDamaged;
  const LogOffsets offsets = log->offsets();
  return absl::StrCat(offsets.log_start.value(), " ", offsets.log_end.value(), " ", all, " ",
                      committed);
}

// What a user of the engine can tell of its topics.
std::string LogicalState(const StorageEngine& engine) {
  std::string state;
  for (const std::string& topic : engine.ListTopics()) {
    const absl::StatusOr<TopicDescription> description = engine.DescribeTopic(topic);
    TM_CHECK(description.ok());
    for (int32_t p = 0; p < description->partition_count; ++p) {
      absl::StrAppend(&state, "\n", topic, "-", p, " ");
      const absl::StatusOr<std::shared_ptr<ReplicaLog>> log =
          engine.GetLog({topic, PartitionId(p)});
      absl::StrAppend(&state, log.ok() ? DescribeLog(log->get())
                                       : absl::StatusCodeToString(log.status().code()));
    }
  }
  return state;
}

// Appends to what can be appended to; the record is there then.
void AppendEverywhere(EngineHarness* life) {
  for (const std::string& topic : life->engine->ListTopics()) {
    const absl::StatusOr<std::shared_ptr<ReplicaLog>> log =
        life->engine->GetLog({topic, PartitionId(0)});
    if (!log.ok()) continue;
    const Offset end = (*log)->offsets().log_end;
    if (!life->Append(topic, 0, "one more").ok()) continue;
    TM_CHECK((*log)->offsets().log_end == end + 1);
    std::string batch;
    TM_CHECK((*log)->Read(end, ReadOptions(), &batch).ok() && !batch.empty());
  }
}

}  // namespace

void FuzzDirectory(absl::string_view input) {
  const DirectoryInput directory = DecodeDirectory(input);
  if (HasManyPartitions(directory)) return;
  EngineHarness life;
  PutFiles(directory, &life);
  LookFromOutside(directory, &life.file_system);
  const absl::Status opened = life.Open();
  if (!opened.ok()) {
    life.Crash();
    TM_CHECK(life.Open().code() == opened.code());
    return;
  }
  const std::string state = LogicalState(*life.engine);
  if (!life.engine->Close().ok()) life.Crash();
  TM_CHECK(life.Open().ok());
  TM_CHECK(LogicalState(*life.engine) == state);
  LookFromOutside(directory, &life.file_system);
  AppendEverywhere(&life);
  if ((directory.flags & DirectoryInput::kCleanUp) != 0) {
    life.engine->RunCompaction("").IgnoreError();  // Damage may be in the way of both.
    life.engine->RunRetention("").IgnoreError();
    LogicalState(*life.engine);
  }
  life.engine->Close().IgnoreError();
}

}  // namespace tidemark
