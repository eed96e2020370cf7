#include "bench/compactions.h"

#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/bare_batches.h"
#include "bench/bare_file.h"
#include "bench/batches.h"
#include "bench/log_engine.h"
#include "storage/base/status_macros.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

constexpr int64_t kTimesEachKey = 4;
constexpr int64_t kSegments = 10;

class CompactionLimit final : public Contender {
 public:
  explicit CompactionLimit(const Load& load)
      : Contender("read, CRC, write a quarter", ContenderKind::kLimit,
                  "CRC of each batch in a mapped, cached file; pwrite of every fourth one into a "
                  "new file, then fdatasync; batches without keys"),
        load_(load) {}

  absl::Status Prepare(Round& round) override {
    batch_ = MakeBatch(load_);
    const auto size = static_cast<int64_t>(batch_.size());
    const int64_t kept = (load_.batches + kTimesEachKey - 1) / kTimesEachKey;
    TM_ASSIGN_OR_RETURN(
        from_, BareFile::Make(absl::StrCat(round.directory, "/from"), load_.batches * size));
    TM_ASSIGN_OR_RETURN(to_, BareFile::Make(absl::StrCat(round.directory, "/to"), kept * size));
    for (int64_t i = 0; i < load_.batches; ++i) {
      std::memcpy(from_->data() + i * size, batch_.data(), batch_.size());
    }
    return absl::OkStatus();
  }

  absl::Status Run(Round& /*round*/) override {
    int64_t position = 0;
    for (int64_t i = 0; i < load_.batches; ++i) {
      const absl::string_view batch(from_->data() + i * static_cast<int64_t>(batch_.size()),
                                    batch_.size());
      if (!BareCrcHolds(batch)) return absl::DataLossError("a batch is damaged");
      if (i % kTimesEachKey != 0) continue;
      const ssize_t written = pwrite(to_->descriptor(), batch.data(), batch.size(), position);
      TM_RETURN_IF_ERROR(CallStatus("write", written));
      position += written;
    }
    return CallStatus("sync", fdatasync(to_->descriptor()));
  }

  absl::Status Check(Round& /*round*/) override {
    int64_t batches = 0;
    TM_RETURN_IF_ERROR(CheckBatches(
        absl::string_view(to_->data(), static_cast<size_t>(to_->size_bytes())), batch_, &batches));
    return RequireCount("batches", batches, (load_.batches + kTimesEachKey - 1) / kTimesEachKey);
  }

  void Finish() override {
    from_.reset();
    to_.reset();
  }

 private:
  const Load load_;
  std::string batch_;
  std::unique_ptr<BareFile> from_;
  std::unique_ptr<BareFile> to_;
};

class Compaction final : public Contender {
 public:
  explicit Compaction(const Load& load)
      : Contender("StorageEngine::RunCompaction", ContenderKind::kTidemark,
                  "cleanup.policy=compact, about ten segments, no compression; not in the "
                  "background"),
        load_(load),
        values_(load) {}

  absl::Status Prepare(Round& round) override {
    const int64_t segment_bytes = load_.value_bytes() / kSegments;
    TM_ASSIGN_OR_RETURN(engine_, LogEngine::Open(round.directory, 1,
                                                 {{"cleanup.policy", "compact"},
                                                  {"min.cleanable.dirty.ratio", "1"},
                                                  {"segment.bytes", absl::StrCat(segment_bytes)}}));
    RecordBatchBuilder builder;
    AppendOptions options;
    options.is_trusted = true;
    for (int64_t i = 0; i < load_.batches; ++i) {
      builder.Reset();
      TM_RETURN_IF_ERROR(AddBatch(i, &builder));
      TM_ASSIGN_OR_RETURN(const absl::Span<char> batch, builder.Finish());
      TM_RETURN_IF_ERROR(engine_->log().Append(batch, options).status());
    }
    return absl::OkStatus();
  }

  absl::Status Run(Round& round) override {
    TM_ASSIGN_OR_RETURN(const std::vector<CompactionOutcome> outcomes,
                        engine_->engine().RunCompaction(kBenchTopic));
    for (const CompactionOutcome& outcome : outcomes) {
      TM_RETURN_IF_ERROR(outcome.status);
      round.figures["read_bytes"] = static_cast<double>(outcome.bytes_before);
      round.figures["written_bytes"] = static_cast<double>(outcome.bytes_after);
    }
    return absl::OkStatus();
  }

  // Every key's last record is there, and the log has become smaller.
  absl::Status Check(Round& round) override {
    std::vector<int64_t> last(static_cast<size_t>(keys()), -1);
    ReplicaLog& log = engine_->log();
    for (Offset offset{0}; offset < log.offsets().log_end;) {
      TM_ASSIGN_OR_RETURN(const LogView view, log.View(offset, ReadOptions()));
      TM_RETURN_IF_ERROR(NoteKeys(view.bytes, &last));
      offset = view.info.next_offset;
    }
    for (int64_t key = 0; key < keys(); ++key) {
      const int64_t expected = key + (load_.records() - 1 - key) / keys() * keys();
      TM_RETURN_IF_ERROR(RequireCount(absl::StrCat("the offset of key ", key),
                                      last[static_cast<size_t>(key)], expected));
    }
    if (round.figures["written_bytes"] < round.figures["read_bytes"]) return absl::OkStatus();
    return absl::DataLossError("nothing was compacted");
  }

  void Finish() override { engine_.reset(); }

 private:
  int64_t keys() const { return load_.records() / kTimesEachKey; }

  absl::Status AddBatch(int64_t number, RecordBatchBuilder* builder) const {
    Record record;
    record.timestamp = Timestamp(absl::ToUnixMillis(absl::Now()));
    for (int64_t i = 0; i < load_.records_per_batch; ++i) {
      const std::string key = absl::StrCat((number * load_.records_per_batch + i) % keys());
      record.key = key;
      record.value = values_.ValueOf(i);
      TM_RETURN_IF_ERROR(builder->Add(record));
    }
    return absl::OkStatus();
  }

  static absl::Status NoteKeys(absl::string_view batches, std::vector<int64_t>* last) {
    RecordView record;
    while (!batches.empty()) {
      TM_ASSIGN_OR_RETURN(const RecordBatchView batch, RecordBatchView::Parse(batches));
      TM_RETURN_IF_ERROR(batch.VerifyCrc());
      batches.remove_prefix(batch.bytes().size());
      TM_ASSIGN_OR_RETURN(RecordReader reader, RecordReader::Open(batch));
      for (;;) {
        TM_ASSIGN_OR_RETURN(const bool has_one, reader.Next(&record));
        if (!has_one) break;
        size_t key = 0;
        if (!absl::SimpleAtoi(*record.key, &key) || key >= last->size()) {
          return absl::DataLossError("a key that was not written");
        }
        (*last)[key] = record.offset.value();
      }
    }
    return absl::OkStatus();
  }

  const Load load_;
  const BatchValues values_;
  std::unique_ptr<LogEngine> engine_;
};

}  // namespace

std::unique_ptr<Contender> NewCompactionLimit(const Load& load) {
  return std::make_unique<CompactionLimit>(load);
}

std::unique_ptr<Contender> NewCompaction(const Load& load) {
  return std::make_unique<Compaction>(load);
}

}  // namespace tidemark
