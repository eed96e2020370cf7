// Reading in order, at the tail, and out through a socket.

#include "bench/log_reads.h"
#include "bench/read_limits.h"
#include "bench/rows.h"
#include "bench/sends.h"
#include "bench/store_contenders.h"
#include "bench/tails.h"
#include "bench/volume.h"

namespace tidemark {
namespace {

using Kind = Goal::Kind;

Load BatchesOf100(Scale scale, int64_t batches) {
  Load load;
  load.records_per_batch = 100;
  load.batches = Volume(scale, batches, 20);
  return load;
}

Row CachedWithCrc(Scale scale) {
  Row row;
  row.name = "read_cached_crc";
  row.title = "sequential read from the page cache, CRC of every batch, 100 x 100 B";
  row.load = BatchesOf100(scale, 20000);
  row.load.passes = 8;
  row.goals = {{Kind::kOfLimit, 0.9}};
  row.Add(NewMappedReadLimit(row.load, ReadWork::kCrc, Cache::kWarm));
  row.Add(NewPreadLimit(row.load, ReadWork::kCrc, Cache::kWarm, false));
  row.Add(NewLogRead(row.load, ReadCall::kView, ReadWork::kCrc, Cache::kWarm));
  row.Add(NewLogRead(row.load, ReadCall::kRead, ReadWork::kCrc, Cache::kWarm));
  return row;
}

Row CachedWithRecords(Scale scale) {
  Row row;
  row.name = "read_cached_records";
  row.title = "sequential read from the page cache, CRC and every record, 100 x 100 B";
  row.load = BatchesOf100(scale, 20000);
  row.load.passes = 8;
  row.goals = {{Kind::kOfLimit, 0.8}};
  row.Add(NewMappedReadLimit(row.load, ReadWork::kCrcAndRecords, Cache::kWarm));
  row.Add(NewPreadLimit(row.load, ReadWork::kCrcAndRecords, Cache::kWarm, false));
  row.Add(NewLogRead(row.load, ReadCall::kTopic, ReadWork::kCrcAndRecords, Cache::kWarm));
  row.Add(NewLogRead(row.load, ReadCall::kView, ReadWork::kCrcAndRecords, Cache::kWarm));
  row.Add(NewLogRead(row.load, ReadCall::kRead, ReadWork::kCrcAndRecords, Cache::kWarm));
  AddStoreScans(Cache::kWarm, &row);
  return row;
}

Row Cold(Scale scale) {
  Row row;
  row.name = "read_cold";
  row.title = "sequential read from the disk, CRC of every batch, 100 x 100 B";
  row.load = BatchesOf100(scale, 50000);
  row.goals = {{Kind::kOfLimit, 0.9}};
  row.Add(NewPreadLimit(row.load, ReadWork::kCrc, Cache::kCold, true));
  row.Add(NewPreadLimit(row.load, ReadWork::kCrc, Cache::kCold, false));
  row.Add(NewMappedReadLimit(row.load, ReadWork::kCrc, Cache::kCold));
  row.Add(NewLogRead(row.load, ReadCall::kView, ReadWork::kCrc, Cache::kCold));
  row.Add(NewLogRead(row.load, ReadCall::kRead, ReadWork::kCrc, Cache::kCold));
  row.Add(NewLogRead(row.load, ReadCall::kTopic, ReadWork::kCrcAndRecords, Cache::kCold));
  AddStoreScans(Cache::kCold, &row);
  return row;
}

Row Send(Scale scale) {
  Row row;
  row.name = "send";
  row.title = "zero copy to a loopback socket, 256 KiB at a time";
  row.load.record_bytes = 1024;
  row.load.records_per_batch = 16;
  row.load.batches = Volume(scale, 16000, 20);
  row.load.passes = 4;
  row.metric = kBytesPerSecond;
  row.goals = {{Kind::kOfLimit, 0.95}};
  row.Add(NewSendfileLimit(row.load));
  row.Add(NewLogSend(row.load));
  return row;
}

Row Tail(Scale scale) {
  Row row;
  row.name = "tail";
  row.title = "from the call of an append to a reader on another thread, 100 B";
  row.load.batches = Volume(scale, 5000, 50);
  row.metric = "p50_ns";
  row.goals = {{Kind::kAtMost, 2000, "p50_ns"}, {Kind::kAtMost, 2000, "p99_ns"}};
  row.Add(NewHandOverLimit(row.load));
  row.Add(NewTail(row.load, TailCall::kView));
  row.Add(NewTail(row.load, TailCall::kAwaitAppend));
  row.Add(NewTail(row.load, TailCall::kTail));
  return row;
}

}  // namespace

void AddReadRows(Scale scale, std::vector<Row>* rows) {
  rows->push_back(CachedWithCrc(scale));
  rows->push_back(CachedWithRecords(scale));
  rows->push_back(Cold(scale));
  rows->push_back(Send(scale));
  rows->push_back(Tail(scale));
}

}  // namespace tidemark
