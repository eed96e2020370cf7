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

LogAppendOptions LogOptions(Scale scale, BatchWork work) {
  LogAppendOptions options;
  options.work = work;
  options.steady_bytes = scale == Scale::kSmoke ? 0 : kSteadyBytes;
  return options;
}

Row SingleAppends(Scale scale) {
  Row row;
  row.name = "append_single";
  row.title = "single 100 B appends, buffered, 1 thread";
  row.load.batches = Volume(scale, 2000000, 100);
  row.goals = {{Kind::kOfLimit, 0.4}, {Kind::kOfBestPeer, 5}};
  row.Add(NewMappedCopyLimit(row.load, Pages::kNew, false));
  row.Add(NewPwriteLimit(row.load));
  row.Add(NewTopicAppend(row.load, {}));
  row.Add(NewLogAppend(row.load, LogOptions(scale, BatchWork::kEncode)));
  row.Add(NewLogAppend(row.load, LogOptions(scale, BatchWork::kTrust)));
  AddStoreAppends(Durability::kBuffered, false, &row);
  return row;
}

void AddBatchContenders(Scale scale, Row* row) {
  row->Add(NewMappedCopyLimit(row->load, Pages::kRecycled, false));
  row->Add(NewMappedCopyLimit(row->load, Pages::kNew, false));
  row->Add(NewPwriteLimit(row->load));
  row->Add(NewLogAppend(row->load, LogOptions(scale, BatchWork::kVerify)));
  row->Add(NewLogAppend(row->load, LogOptions(scale, BatchWork::kTrust)));
  row->Add(NewLogAppend(row->load, LogOptions(scale, BatchWork::kCheck)));
  row->Add(NewLogAppend(row->load, LogOptions(scale, BatchWork::kEncode)));
  row->Add(NewTopicAppend(row->load, {}));
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

}  // namespace

void AddAppendRows(Scale scale, std::vector<Row>* rows) {
  rows->push_back(SingleAppends(scale));
  rows->push_back(BatchAppends(scale));
  rows->push_back(LargeBatchAppends(scale));
}

}  // namespace tidemark
