#include <functional>
#include <utility>

#include "tests/crash/enumerator/workload.h"

namespace tidemark {
namespace {

ConfigMap SmallSegments() { return {{"segment.bytes", "500"}, {"index.interval.bytes", "100"}}; }

Workload OnEngine(std::string name, std::function<void(Stage*)> play) {
  return {std::move(name), EngineMachines({}), std::move(play)};
}

TopicPartition Partition(const std::string& topic, int32_t number) {
  return {topic, PartitionId(number)};
}

void PlayOpen(Stage* stage) {
  stage->BeginRecording();
  stage->Open();
  stage->CreateTopic("t", 1, {});
  stage->Append();
  stage->Close();
  stage->Open();
  stage->Append();
  stage->Sync();
  stage->Close();
}

void PlayTopics(Stage* stage) {
  stage->Open();
  stage->CreateTopic("t", 1, {});
  stage->Append();
  stage->Sync();
  stage->BeginRecording();
  stage->CreateTopic("new", 2, SmallSegments());
  stage->AppendTo(Partition("new", 1), {});
  stage->Sync(Partition("new", 1));
  stage->DeleteTopic("t");
  stage->CreateTopic("t", 1, {});
  stage->Append({.value_bytes = 50});
  stage->Checkpoint();
  stage->DeleteTopic("new");
  stage->Sync();
}

void PlayPartitions(Stage* stage) {
  stage->Open();
  stage->CreateTopic("t", 1, {});
  stage->Append();
  stage->Sync();
  stage->BeginRecording();
  stage->AddPartitions("t", 3);
  stage->AppendTo(Partition("t", 2), {});
  stage->Sync(Partition("t", 2));
  stage->AddPartitions("t", 4);
  stage->AppendTo(Partition("t", 3), {});
}

void PlaySettings(Stage* stage) {
  stage->Open();
  stage->CreateTopic("t", 1, {});
  stage->BeginRecording();
  stage->AlterTopic("t", {{"segment.bytes", "300"}});
  for (int i = 0; i < 3; ++i) stage->Append({.value_bytes = 90});
  stage->AlterEngine({{"log.retention.ms", "100000"}});
  stage->AlterTopic("t", {{"max.message.bytes", "9999"}, {"segment.bytes", "400"}});
  stage->Append();
  stage->Sync();
}

void PlayCheckpoint(Stage* stage) {
  stage->Open();
  stage->CreateTopic("t", 2, SmallSegments());
  stage->BeginRecording();
  for (int i = 0; i < 6; ++i) {
    stage->Append({.value_bytes = 90});
    stage->AppendTo(Partition("t", 1), {.value_bytes = 50});
    if (i % 2 == 1) stage->Sync();
    if (i % 3 == 2) stage->Checkpoint();
    if (i == 4) stage->RunTasks();
  }
  stage->Close();
  stage->Open();
  stage->Append();
  stage->Checkpoint();
}

void PlayRetention(Stage* stage) {
  stage->Open();
  ConfigMap config = SmallSegments();
  config["retention.bytes"] = "700";
  stage->CreateTopic("t", 1, config);
  for (int i = 0; i < 10; ++i) stage->Append({.value_bytes = 90});
  stage->BeginRecording();
  stage->Retain("t");
  stage->Append({.value_bytes = 90});
  stage->Advance(absl::Minutes(2));
  stage->Append({.value_bytes = 90});
  stage->Append({.value_bytes = 90});
  stage->Retain("t");
  stage->Checkpoint();
}

void PlayDeleteRecords(Stage* stage) {
  stage->Open();
  stage->CreateTopic("t", 1, SmallSegments());
  for (int i = 0; i < 8; ++i) stage->Append({.value_bytes = 60});
  stage->BeginRecording();
  stage->DeleteRecords(5);
  stage->Append();
  stage->Checkpoint();
  stage->DeleteRecords(1);
}

void PlayTruncate(Stage* stage) {
  stage->Open();
  stage->CreateTopic("t", 1, SmallSegments());
  for (int i = 0; i < 8; ++i) stage->Append({.value_bytes = 60});
  stage->Sync();
  stage->Checkpoint();
  stage->BeginRecording();
  stage->Truncate(5);
  stage->Append({.value_bytes = 70, .epoch = LeaderEpoch(1)});
  stage->Checkpoint();
  stage->Restart(3);
  stage->Append({.epoch = LeaderEpoch(1)});
  stage->Sync();
}

void PlayCompaction(Stage* stage) {
  stage->Open();
  ConfigMap config = SmallSegments();
  config["cleanup.policy"] = "compact";
  stage->CreateTopic("t", 1, config);
  for (int i = 0; i < 9; ++i) stage->Append({.value_bytes = 70, .keys = 3});
  stage->Sync();
  stage->BeginRecording();
  stage->Compact("t");
  for (int i = 0; i < 6; ++i) stage->Append({.value_bytes = 70, .keys = 4});
  stage->Sync();
  stage->Compact("t");
  stage->Append({.keys = 3});
  stage->Checkpoint();
}

void PlayTransactions(Stage* stage) {
  stage->Open();
  stage->CreateTopic("t", 1, SmallSegments());
  stage->BeginRecording();
  for (int i = 0; i < 3; ++i) {
    stage->Append({.value_bytes = 60, .producer = 1, .is_transactional = true});
    stage->Append({.value_bytes = 60, .producer = 2});
    if (i == 1) stage->Sync();
    stage->EndTransaction(1, i != 1);
    if (i == 1) stage->Checkpoint();
  }
  stage->Close();
  stage->Open();
  stage->Append({.producer = 2});
}

// The partitions of each topic are in different ones.
void PlayDirectories(Stage* stage) {
  stage->BeginRecording();
  stage->Open();
  stage->CreateTopic("t", 2, SmallSegments());
  stage->Append({.value_bytes = 300});
  stage->AppendTo(Partition("t", 1), {});
  stage->Sync(Partition("t", 1));
  stage->CreateTopic("new", 2, {});
  stage->AppendTo(Partition("new", 1), {});
  stage->Append({.value_bytes = 200});
  stage->Sync();
  stage->Checkpoint();
  stage->DeleteTopic("new");
  stage->AppendTo(Partition("t", 1), {.value_bytes = 50});
  stage->Close();
  stage->Open();
  stage->Append();
  stage->Sync();
}

// What is synced is so in the journal alone, until a roll, a truncation or a full half.
void PlayJournal(Stage* stage) {
  stage->Open();
  stage->CreateTopic("t", 2, SmallSegments());
  stage->Append();
  stage->Sync();
  stage->BeginRecording();
  stage->RunTasks();
  for (int i = 0; i < 3; ++i) {
    stage->Append({.value_bytes = 90});
    stage->AppendTo(Partition("t", 1), {.value_bytes = 150});
    stage->Sync();
    stage->Sync(Partition("t", 1));
  }
  stage->RunTasks();
  stage->Truncate(3);
  stage->Append({.value_bytes = 70, .epoch = LeaderEpoch(1)});
  stage->Sync();
  stage->Checkpoint();
  stage->Restart(2);
  stage->Append({.value_bytes = 30, .epoch = LeaderEpoch(1)});
  stage->Sync();
  stage->Close();
  stage->Open();
  stage->Append({.epoch = LeaderEpoch(1)});
  stage->Sync();
}

// The halves are filled in turn, while segments are compacted.
void PlayJournalTurns(Stage* stage) {
  stage->Open();
  ConfigMap config = SmallSegments();
  config["cleanup.policy"] = "compact";
  stage->CreateTopic("t", 1, config);
  stage->Append({.keys = 3});
  stage->Sync();
  stage->RunTasks();
  for (int i = 0; i < 12; ++i) {
    stage->Append({.value_bytes = 60, .keys = 3});
    stage->Sync();
  }
  stage->BeginRecording();
  for (int i = 0; i < 4; ++i) {
    stage->Append({.value_bytes = 60, .keys = 3});
    stage->Sync();
  }
  stage->RunTasks();
  stage->Compact("t");
  for (int i = 0; i < 14; ++i) {
    stage->Append({.value_bytes = 60, .keys = 4});
    stage->Sync();
    if (i % 7 == 6) stage->RunTasks();
  }
  stage->Checkpoint();
}

Workload WithJournal(std::string name, std::function<void(Stage*)> play) {
  return {std::move(name), EngineMachines({{"tidemark.journal.bytes", "16384"}}), std::move(play)};
}

}  // namespace

std::vector<Workload> EngineWorkloads() {
  return {
      OnEngine("engine-open", PlayOpen),
      OnEngine("engine-topics", PlayTopics),
      OnEngine("engine-partitions", PlayPartitions),
      OnEngine("engine-settings", PlaySettings),
      OnEngine("engine-checkpoint", PlayCheckpoint),
      OnEngine("engine-retention", PlayRetention),
      OnEngine("engine-delete-records", PlayDeleteRecords),
      OnEngine("engine-truncate", PlayTruncate),
      OnEngine("engine-compaction", PlayCompaction),
      OnEngine("engine-transactions", PlayTransactions),
      {"engine-directories", EngineMachines({}, {"/more"}), PlayDirectories},
      WithJournal("engine-journal", PlayJournal),
      WithJournal("engine-journal-turns", PlayJournalTurns),
  };
}

}  // namespace tidemark
