// Appends that stay in the page cache.

#include "bench/append_limits.h"
#include "bench/log_appends.h"
#include "bench/rows.h"
#include "bench/store_contenders.h"
#include "bench/topic_appends.h"
#include "bench/volume.h"

namespace tidemark {
namespace {

using Kind = Goal::Kind;

constexpr int64_t kSteadyBytes = int64_t{32} << 20;

AppendSetup SetupOf(Scale scale) {
  return {.steady_bytes = scale == Scale::kSmoke ? 0 : kSteadyBytes};
}

Row SingleAppends(Scale scale) {
  Row row;
  row.name = "append_single";
  row.title = "single 100 B appends, buffered, 1 thread";
  row.load.batches = Volume(scale, 2000000, 100);
  row.goals = {{Kind::kOfLimit, 0.4}, {Kind::kOfBestPeer, 5}};
  row.limit = kNewPagesLimit;
  row.Add(NewMappedCopyLimit(row.load, Pages::kNew, false));
  row.Add(NewPwriteLimit(row.load));
  row.Add(NewTopicAppend(row.load, SetupOf(scale)));
  row.Add(NewLogAppend(row.load, BatchWork::kEncode, SetupOf(scale)));
  row.Add(NewLogAppend(row.load, BatchWork::kTrust, SetupOf(scale)));
  AddStoreAppends(Durability::kBuffered, false, &row);
  return row;
}

void AddBatchContenders(Scale scale, Row* row) {
  row->limit = kRecycledPagesLimit;
  row->Add(NewMappedCopyLimit(row->load, Pages::kRecycled, false));
  row->Add(NewMappedCopyLimit(row->load, Pages::kNew, false));
  row->Add(NewPwriteLimit(row->load));
  row->Add(NewLogAppend(row->load, BatchWork::kVerify, SetupOf(scale)));
  row->Add(NewLogAppend(row->load, BatchWork::kTrust, SetupOf(scale)));
  row->Add(NewLogAppend(row->load, BatchWork::kCheck, SetupOf(scale)));
  row->Add(NewLogAppend(row->load, BatchWork::kEncode, SetupOf(scale)));
  row->Add(NewTopicAppend(row->load, SetupOf(scale)));
  AddStoreAppends(Durability::kBuffered, false, row);
}

Row BatchAppends(Scale scale) {
  Row row;
  row.name = "append_batch";
  row.title = "batches of 100 x 100 B, buffered, 1 thread";
  row.load.records_per_batch = 100;
  row.load.batches = Volume(scale, 20000, 20);
  row.goals = {{Kind::kOfLimit, 0.6}, {Kind::kOfBestPeer, 5}};
  AddBatchContenders(scale, &row);
  return row;
}

Row LargeBatchAppends(Scale scale) {
  Row row;
  row.name = "append_batch_1k";
  row.title = "batches of 100 x 1 KiB, buffered, 1 thread";
  row.load.record_bytes = 1024;
  row.load.records_per_batch = 100;
  row.load.batches = Volume(scale, 4000, 10);
  row.metric = kBytesPerSecond;
  row.goals = {{Kind::kOfLimit, 0.7}};
  AddBatchContenders(scale, &row);
  return row;
}

// Segments are small, so that there are rolls in every round.
Row AppendLatency(Scale scale) {
  Row row;
  row.name = "append_latency";
  row.title = "latency of single 100 B appends, buffered, with rolls";
  row.load.batches = Volume(scale, 2000000, 1000);
  row.metric = "p50_ns";
  row.goals = {{Kind::kAtMost, 150, "p50_ns"},
               {Kind::kAtMost, 5000, "p999_ns"},
               {Kind::kAtMost, 1e6, "max_ns"}};
  const ConfigMap config = {{"segment.bytes", scale == Scale::kFull ? "67108864" : "8388608"}};
  AppendSetup setup = SetupOf(scale);
  setup.with_latencies = true;
  setup.topic_config = config;
  row.Add(NewMappedCopyLimit(row.load, Pages::kNew, true));
  row.Add(NewTopicAppend(row.load, setup));
  row.Add(NewLogAppend(row.load, BatchWork::kEncode, setup));
  AddStoreAppends(Durability::kBuffered, true, &row);
  return row;
}

}  // namespace

void AddAppendRows(Scale scale, std::vector<Row>* rows) {
  rows->push_back(SingleAppends(scale));
  rows->push_back(BatchAppends(scale));
  rows->push_back(LargeBatchAppends(scale));
  rows->push_back(AppendLatency(scale));
}

}  // namespace tidemark
