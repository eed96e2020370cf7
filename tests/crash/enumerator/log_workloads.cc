#include <functional>
#include <utility>

#include "tests/crash/enumerator/workload.h"

namespace tidemark {
namespace {

LogConfig SmallSegments() {
  LogConfig config;
  config.segment_bytes_max = 500;
  config.index_interval_bytes = 100;
  return config;
}

Workload OnLog(std::string name, const LogConfig& config, std::function<void(Stage*)> play) {
  return {std::move(name), LogMachines(config), std::move(play)};
}

void PlayOpen(Stage* stage) {
  stage->BeginRecording();
  stage->Open();
  stage->Append();
  stage->Close();
  stage->Open();
  stage->Append({.records = 3});
  stage->Sync();
  stage->Close();
}

void PlayRoll(Stage* stage) {
  stage->Open();
  stage->BeginRecording();
  for (int i = 0; i < 12; ++i) {
    stage->Append({.records = 1 + i % 2, .value_bytes = 20 + i % 5 * 40});
    if (i % 4 == 3) stage->Sync();
    if (i % 5 == 4) stage->RunTasks();
    if (i == 9) stage->Checkpoint();
  }
  stage->Close();
}

// A batch of many sectors, on pages that were never written.
void PlayTornAppend(Stage* stage) {
  stage->Open();
  stage->Append({.value_bytes = 300});
  stage->Sync();
  stage->BeginRecording();
  stage->Append({.value_bytes = 3000});
  stage->Append({.value_bytes = 30});
  stage->Append({.value_bytes = 1500});
  stage->Sync();
}

void PlayTruncate(Stage* stage) {
  stage->Open();
  for (int i = 0; i < 9; ++i) stage->Append({.value_bytes = 60});
  stage->Sync();
  stage->Checkpoint();
  stage->BeginRecording();
  stage->Truncate(1);
  stage->Append({.value_bytes = 80, .epoch = LeaderEpoch(1)});
  stage->Truncate(5);
  stage->Append({.value_bytes = 70, .epoch = LeaderEpoch(2)});
  stage->Append({.value_bytes = 70, .epoch = LeaderEpoch(2)});
  stage->Truncate(4);
  stage->Append({.epoch = LeaderEpoch(3)});
  stage->Sync();
  stage->Close();
}

void PlayRestart(Stage* stage) {
  stage->Open();
  for (int i = 0; i < 6; ++i) stage->Append({.value_bytes = 60});
  stage->Sync();
  stage->Checkpoint();
  stage->Append();
  stage->BeginRecording();
  stage->Restart(5);
  stage->Append({.value_bytes = 70, .epoch = LeaderEpoch(1)});
  stage->Restart(0);
  stage->Append({.epoch = LeaderEpoch(1)});
  stage->Sync();
}

void PlayDeleteRecords(Stage* stage) {
  stage->Open();
  for (int i = 0; i < 10; ++i) stage->Append({.value_bytes = 60});
  stage->BeginRecording();
  stage->DeleteRecords(7);
  stage->Append();
  stage->DeleteRecords(3);
  stage->Advance(absl::Minutes(2));
  stage->DeleteRecords(0);
  stage->Append();
  stage->Close();
  stage->Open();
}

void PlayEpochs(Stage* stage) {
  stage->Open();
  stage->BeginRecording();
  stage->Append({.as_follower = true});
  stage->AssignEpoch(LeaderEpoch(1));
  stage->Append({.epoch = LeaderEpoch(1), .as_follower = true});
  stage->Append({.value_bytes = 200, .epoch = LeaderEpoch(2), .as_follower = true});
  stage->AssignEpoch(LeaderEpoch(3));
  stage->Append({.value_bytes = 200, .epoch = LeaderEpoch(3)});
  stage->Sync();
  stage->AssignEpoch(LeaderEpoch(4));
  stage->Close();
  stage->Open();
  stage->Append({.epoch = LeaderEpoch(4)});
}

void PlayIdempotent(Stage* stage) {
  stage->Open();
  stage->BeginRecording();
  for (int i = 0; i < 9; ++i) {
    stage->Append({.records = 2, .value_bytes = 40, .producer = 1 + i % 2});
    if (i % 4 == 3) stage->Sync();
  }
  stage->RunTasks();
  stage->Append({.producer = 3});
  stage->Checkpoint();
  stage->Append({.producer = 1});
  stage->Close();
  stage->Open();
  stage->Append({.producer = 2});
}

void PlayTransactions(Stage* stage) {
  stage->Open();
  stage->BeginRecording();
  for (int i = 0; i < 4; ++i) {
    stage->Append({.value_bytes = 60, .producer = 1, .is_transactional = true});
    stage->Append({.value_bytes = 60, .producer = 2, .is_transactional = true});
    stage->EndTransaction(1, i % 2 == 0);
    stage->Append();
    if (i == 1) stage->Sync();
    stage->EndTransaction(2, i % 2 == 1);
    if (i == 2) stage->RunTasks();
    if (i == 2) stage->Checkpoint();
  }
  stage->Append({.producer = 1, .is_transactional = true});
  stage->Sync();
  stage->Close();
}

// Snapshots of producers and aborted transactions, above and below a cut.
void PlayTruncatedTransactions(Stage* stage) {
  stage->Open();
  for (int i = 0; i < 3; ++i) {
    stage->Append({.value_bytes = 60, .producer = 1, .is_transactional = true});
    stage->Append({.value_bytes = 60, .producer = 2});
    stage->EndTransaction(1, false);
  }
  stage->Sync();
  stage->RunTasks();
  stage->Checkpoint();
  stage->BeginRecording();
  stage->Truncate(4);
  stage->Append({.value_bytes = 60, .producer = 2});
  stage->Sync();
  stage->Truncate(3);
  stage->Append({.value_bytes = 60, .producer = 2});
}

void PlayFlush(Stage* stage) {
  stage->Open();
  stage->BeginRecording();
  for (int i = 0; i < 6; ++i) stage->Append({.value_bytes = 90});
}

}  // namespace

std::vector<Workload> LogWorkloads() {
  LogConfig flushed = SmallSegments();
  flushed.flush_interval_records = 2;
  LogConfig wide = SmallSegments();
  wide.segment_bytes_max = 100'000;
  return {
      OnLog("log-open", SmallSegments(), PlayOpen),
      OnLog("log-roll", SmallSegments(), PlayRoll),
      OnLog("log-torn-append", wide, PlayTornAppend),
      OnLog("log-truncate", SmallSegments(), PlayTruncate),
      OnLog("log-restart", SmallSegments(), PlayRestart),
      OnLog("log-delete-records", SmallSegments(), PlayDeleteRecords),
      OnLog("log-epochs", SmallSegments(), PlayEpochs),
      OnLog("log-idempotent", SmallSegments(), PlayIdempotent),
      OnLog("log-transactions", SmallSegments(), PlayTransactions),
      OnLog("log-truncated-transactions", SmallSegments(), PlayTruncatedTransactions),
      OnLog("log-flush-messages", flushed, PlayFlush),
  };
}

}  // namespace tidemark
