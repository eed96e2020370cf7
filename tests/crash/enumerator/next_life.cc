#include "tests/crash/enumerator/next_life.h"

#include <utility>
#include <vector>

#include "storage/base/check.h"
#include "storage/record_batch.h"
#include "tests/crash/enumerator/stage.h"

namespace tidemark {
namespace {

constexpr int64_t kNumbersOfALife = 1000;

// An append behind the end of `now`. As long as that which `before` has there, if recovery has
// taken one away, so that what may come back of those behind it fits.
AppendKind NextAppend(const PartitionExpectation& before, const PartitionExpectation& now) {
  AppendKind kind;
  kind.keys = now.is_compacted ? 3 : 0;
  kind.epoch = now.epoch_max;
  for (const ExpectedBatch& lost : before.batches) {
    if (lost.base_offset != now.end() || lost.bytes == nullptr) continue;
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(*lost.bytes);
    TM_CHECK(batch.ok());
    absl::StatusOr<RecordReader> reader = RecordReader::Open(*batch);
    RecordView record;
    TM_CHECK(reader.ok() && reader->Next(&record).value_or(false));
    kind.records = batch->record_count();
    kind.value_bytes = static_cast<int>(record.value.value_or("").size());
  }
  return kind;
}

// Which calls, and on which log, `draw` decides.
void PlayOnLog(const Expectation& before, uint64_t draw, Stage* stage) {
  const auto pick = [&draw](uint64_t n) { return std::exchange(draw, draw / n) % n; };
  const std::vector<TopicPartition> names = stage->partitions();
  if (names.empty()) return;
  const TopicPartition name = names[pick(names.size())];
  const auto known = before.partitions.find(name);
  const PartitionExpectation none;
  const PartitionExpectation& old = known == before.partitions.end() ? none : known->second;
  for (uint64_t i = pick(3) + 1; i > 0; --i) {
    stage->AppendTo(name, NextAppend(old, stage->account(name)));
  }
  stage->Sync(name);
  if (pick(2) == 0) stage->Checkpoint();
  // Two of these do not fit into a small segment.
  AppendKind wide = NextAppend(none, stage->account(name));
  wide.value_bytes = 200;
  stage->AppendTo(name, wide);
  if (pick(2) == 0) stage->RunTasks();
  if (pick(2) == 0) {
    stage->Close();
  } else {
    stage->Sync(name);
  }
}

}  // namespace

NextLife PlayNextLife(const MachineMaker& make, const WrapFileSystem& wrap, const CrashPoint& begin,
                      int64_t number) {
  Stage stage(make, wrap, begin, number * kNumbersOfALife);
  stage.BeginRecording();
  stage.Recover();
  NextLife life;
  life.recovery_points = stage.point_count();
  if (stage.has_transactions()) {
    stage.WriteTransaction(number * kNumbersOfALife);
    stage.FinishTransaction(true);
  } else {
    PlayOnLog(*begin.expectation, begin.files.FilesDigest(), &stage);
  }
  life.points = stage.TakePoints();
  life.status = stage.status();
  return life;
}

}  // namespace tidemark
