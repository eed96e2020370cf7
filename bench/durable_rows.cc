// Appends that are on stable storage when they count.

#include "absl/strings/str_cat.h"
#include "bench/durable_limits.h"
#include "bench/log_appends.h"
#include "bench/rows.h"
#include "bench/store_contenders.h"
#include "bench/topic_appends.h"
#include "bench/volume.h"

namespace tidemark {
namespace {

using Kind = Goal::Kind;

AppendSetup SetupOf(Scale scale) {
  return {.durability = Durability::kDurable,
          .with_latencies = true,
          .steady_bytes = scale == Scale::kSmoke ? 0 : int64_t{64} << 20};
}

// As a program sets it up that appends durably, and often.
AppendSetup WithJournal(Scale scale) {
  AppendSetup setup = SetupOf(scale);
  setup.journal_bytes = scale == Scale::kSmoke ? int64_t{1} << 20 : int64_t{64} << 20;
  return setup;
}

Row OneThread(Scale scale) {
  Row row;
  row.name = "durable_1_thread";
  row.title = "durable batches of 100 x 100 B, 1 thread";
  row.metric = kBatchesPerSecond;
  row.load.records_per_batch = 100;
  row.load.batches = Volume(scale, 2000, 10);
  row.goals = {{Kind::kOfLimit, 0.95}};
  row.limit = "RWF_DSYNC each";
  row.Add(NewFlushEachLimit(row.load, Flush::kDsync));
  row.Add(NewFlushEachLimit(row.load, Flush::kFdatasync));
  row.Add(NewFlushEachLimit(row.load, Flush::kFdatasyncNew));
  row.Add(NewLogAppend(row.load, BatchWork::kTrust, WithJournal(scale)));
  row.Add(NewLogAppend(row.load, BatchWork::kTrust, SetupOf(scale)));
  row.Add(NewTopicAppend(row.load, WithJournal(scale)));
  AddStoreAppends(Durability::kDurable, true, &row);
  return row;
}

Row EightThreads(Scale scale) {
  Row row;
  row.name = "durable_8_threads";
  row.title = "durable batches of 100 x 100 B, 8 blocking threads, one partition";
  row.metric = kBatchesPerSecond;
  row.load.records_per_batch = 100;
  row.load.threads = 8;
  row.load.batches = Volume(scale, 10000, 16);
  row.goals = {{Kind::kOfLimit, 0.9}};
  row.Add(NewGroupCommitLimit(row.load, 0));
  row.Add(NewGroupCommitLimit(row.load, 60));
  row.Add(NewLogAppend(row.load, BatchWork::kTrust, WithJournal(scale)));
  row.Add(NewLogAppend(row.load, BatchWork::kTrust, SetupOf(scale)));
  row.Add(NewTopicAppend(row.load, WithJournal(scale)));
  AddStoreAppends(Durability::kDurable, true, &row);
  return row;
}

Row Asynchronous(Scale scale) {
  Row row;
  row.name = "durable_async";
  row.title = "durable batches of 100 x 100 B, 1 thread, 64 outstanding";
  row.metric = kBatchesPerSecond;
  row.load.records_per_batch = 100;
  row.load.outstanding = 64;
  row.load.batches = Volume(scale, 30000, 100);
  row.goals = {{Kind::kOfLimit, 0.7}};
  row.Add(NewJournalLimit(row.load));
  row.Add(NewGroupCommitAsyncLimit(row.load));
  row.Add(NewLogAppendAsync(row.load, WithJournal(scale)));
  row.Add(NewLogAppendAsync(row.load, SetupOf(scale)));
  row.Add(NewTopicAppendAsync(row.load, WithJournal(scale)));
  return row;
}

Row ManyPartitions(Scale scale) {
  Row row;
  row.name = "durable_64_partitions";
  row.title = "durable batches of 100 x 100 B, 64 partitions in rotation, 64 outstanding";
  row.metric = kBatchesPerSecond;
  row.load.records_per_batch = 100;
  row.load.partitions = 64;
  row.load.outstanding = 64;
  row.load.batches = Volume(scale, 5000, 128);
  row.goals = {{Kind::kOfLimit, 0.7}};
  row.limit = "one shared journal";
  row.Add(NewJournalLimit(row.load));
  row.Add(NewUringLimit(row.load, 32));
  row.Add(NewFlushEachLimit(row.load, Flush::kFdatasync));
  row.Add(NewLogAppendAsync(row.load, WithJournal(scale)));
  row.Add(NewLogAppendAsync(row.load, SetupOf(scale)));
  row.Add(NewTopicAppendAsync(row.load, WithJournal(scale)));
  return row;
}

Row Bandwidth(Scale scale, int64_t batch_kib, const std::string& name) {
  Row row;
  row.name = absl::StrCat("durable_bandwidth_", name);
  row.title = absl::StrCat("durable batches of ", batch_kib, " x 1 KiB, 1 thread, 4 outstanding");
  row.metric = kBytesPerSecond;
  row.load.record_bytes = 1024;
  row.load.records_per_batch = batch_kib;
  row.load.outstanding = 4;
  row.load.batches = Volume(scale, 400000 / batch_kib, 8);
  row.goals = {{Kind::kOfLimit, 0.9}};
  row.limit = UringLimitName(4);
  row.Add(NewUringLimit(row.load, 1));
  row.Add(NewUringLimit(row.load, 4));
  row.Add(NewUringLimit(row.load, 16));
  row.Add(NewFlushEachLimit(row.load, Flush::kDsync));
  row.Add(NewLogAppendAsync(row.load, SetupOf(scale)));
  row.Add(NewTopicAppendAsync(row.load, WithJournal(scale)));
  return row;
}

}  // namespace

void AddDurableRows(Scale scale, std::vector<Row>* rows) {
  rows->push_back(OneThread(scale));
  rows->push_back(EightThreads(scale));
  rows->push_back(Asynchronous(scale));
  rows->push_back(ManyPartitions(scale));
  rows->push_back(Bandwidth(scale, 250, "256k"));
  rows->push_back(Bandwidth(scale, 1000, "1m"));
}

}  // namespace tidemark
