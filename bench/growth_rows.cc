// Curves over partitions, record size and threads; opening; compaction.

#include <algorithm>
#include <vector>

#include "bench/append_limits.h"
#include "bench/compactions.h"
#include "bench/log_appends.h"
#include "bench/partitions.h"
#include "bench/read_limits.h"
#include "bench/rows.h"
#include "bench/topic_appends.h"
#include "bench/volume.h"

namespace tidemark {
namespace {

using Kind = Goal::Kind;

Row Partitions(Scale scale) {
  Row row;
  row.name = "partitions";
  row.title = "buffered batches of 10 x 100 B over 1 to 10,000 partitions, the same load";
  row.axis = "partitions";
  row.load.records_per_batch = 10;
  row.load.batches = Volume(scale, 400000, 60);
  row.goals = {{Kind::kOfFirst, 0.75}, {Kind::kAtMost, 4096, "idle_partition_bytes"}};
  std::vector<int> places = {1, 10, 100, 1000, 10000};
  if (scale == Scale::kQuick) places = {1, 100, 10000};
  if (scale == Scale::kSmoke) places = {1, 20};
  for (const int partitions : places) {
    Load load = row.load;
    load.partitions = partitions;
    row.AddToCurve("Tidemark", partitions, load, NewRotation(load));
  }
  return row;
}

// The same number of bytes at every size.
Row RecordSize(Scale scale) {
  Row row;
  row.name = "record_size";
  row.title = "buffered single records of 16 B to 64 KiB, 1 thread";
  row.axis = "bytes";
  row.metric = kBytesPerSecond;
  const int64_t value_bytes = Volume(scale, int64_t{128} << 20, int64_t{128} << 10);
  row.load.batches = 1;
  for (const int64_t record_bytes : {16, 100, 1024, 8192, 65536}) {
    Load load;
    load.record_bytes = record_bytes;
    load.batches = std::min<int64_t>(value_bytes / record_bytes, 1000000);
    const auto place = static_cast<double>(record_bytes);
    row.AddToCurve("CRC and copy, new pages", place, load,
                   NewMappedCopyLimit(load, Pages::kNew, false));
    row.AddToCurve("Topic::Append", place, load, NewTopicAppend(load, {}));
    row.AddToCurve("builder and Log::Append", place, load,
                   NewLogAppend(load, BatchWork::kEncode, {}));
  }
  return row;
}

Row Threads(Scale scale) {
  Row row;
  row.name = "threads";
  row.title = "buffered single 100 B appends to one partition, 1 to 8 threads";
  row.axis = "threads";
  row.load.batches = Volume(scale, 1000000, 100);
  for (const int threads : {1, 2, 4, 8}) {
    Load load = row.load;
    load.threads = threads;
    row.AddToCurve("Topic::Append", threads, load, NewTopicAppend(load, {}));
    row.AddToCurve("builder and Log::Append", threads, load,
                   NewLogAppend(load, BatchWork::kEncode, {}));
  }
  return row;
}

Row DurableThreads(Scale scale) {
  Row row;
  row.name = "durable_threads";
  row.title = "durable single 100 B appends to one partition, 1 to 64 blocking threads";
  row.axis = "threads";
  row.load.batches = Volume(scale, 2000, 64);
  for (const int threads : {1, 4, 16, 64}) {
    Load load = row.load;
    load.threads = threads;
    row.AddToCurve("Topic::Append", threads, load,
                   NewTopicAppend(load, {.durability = Durability::kDurable}));
    row.AddToCurve("Log::Append, Sync", threads, load,
                   NewLogAppend(load, BatchWork::kTrust, {.durability = Durability::kDurable}));
  }
  return row;
}

Row OpenManyClean(Scale scale) {
  Row row;
  row.name = "open_clean";
  row.load.partitions = scale == Scale::kSmoke ? 20 : 10000;
  row.title = "opening 10,000 partitions that were closed properly";
  row.load.batches = row.load.partitions;
  row.metric = kSeconds;
  row.goals = {{Kind::kAtMost, 1}};
  row.Add(NewOpenClean(row.load));
  return row;
}

Row OpenAfterCrash(Scale scale) {
  Row row;
  row.name = "open_crashed";
  row.title = "opening after a crash, 1 GiB beyond the recovery point";
  row.load.records_per_batch = 100;
  row.load.batches = Volume(scale, 98000, 20);
  row.metric = kBytesPerSecond;
  row.goals = {{Kind::kOfLimit, 0.8}};
  row.Add(NewMappedReadLimit(row.load, ReadWork::kCrc, Cache::kWarm));
  row.Add(NewOpenCrashed(row.load));
  return row;
}

Row Compaction(Scale scale) {
  Row row;
  row.name = "compaction";
  row.title = "compaction, every key four times, 100 x 100 B";
  row.load.records_per_batch = 100;
  row.load.batches = Volume(scale, 20000, 40);
  row.metric = kBytesPerSecond;
  row.goals = {{Kind::kOfLimit, 0.6}};
  row.Add(NewCompactionLimit(row.load));
  row.Add(NewCompaction(row.load));
  return row;
}

}  // namespace

void AddGrowthRows(Scale scale, std::vector<Row>* rows) {
  rows->push_back(Partitions(scale));
  rows->push_back(RecordSize(scale));
  rows->push_back(Threads(scale));
  rows->push_back(DurableThreads(scale));
  rows->push_back(OpenManyClean(scale));
  rows->push_back(OpenAfterCrash(scale));
  rows->push_back(Compaction(scale));
}

}  // namespace tidemark
