#include "bench/topic_appends.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "api/tidemark.h"
#include "bench/batches.h"
#include "bench/log_engine.h"
#include "bench/threads.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr char kTopicName[] = "bench";

// Batches of 16 records of 1 KiB, the last one as durable as what comes later.
absl::Status FillTopicSteadily(const ProduceOptions& options, int64_t size_bytes, Topic* topic) {
  Load load;
  load.record_bytes = 1024;
  load.records_per_batch = 16;
  const BatchValues values(load);
  std::vector<Record> records;
  for (const absl::string_view value : values.values()) records.emplace_back().value = value;
  ProduceOptions buffered = options;
  buffered.durability = Durability::kBuffered;
  int64_t bytes = load.records_per_batch * load.record_bytes;
  for (; bytes < size_bytes; bytes += load.records_per_batch * load.record_bytes) {
    TM_RETURN_IF_ERROR(topic->AppendBatch(records, buffered).status());
  }
  return size_bytes > 0 ? topic->AppendBatch(records, options).status() : absl::OkStatus();
}

std::string NameOf(const Load& load, const AppendSetup& setup, bool is_async) {
  const bool is_durable = setup.durability == Durability::kDurable;
  return absl::StrCat("Topic::Append",
                      is_async                     ? "Async"
                      : load.records_per_batch > 1 ? "Batch"
                                                   : "",
                      is_durable ? ", durable" : "", setup.journal_bytes > 0 ? ", journal" : "");
}

class TopicContender : public Contender {
 public:
  TopicContender(const Load& load, const AppendSetup& setup, bool is_async)
      : Contender(NameOf(load, setup, is_async), ContenderKind::kTidemark,
                  SettingsOf("records are encoded, summed and acknowledged on the clock", setup)),
        load_(load),
        setup_(setup),
        values_(load) {
    for (const absl::string_view value : values_.values()) {
      records_.emplace_back().value = value;
    }
  }

  absl::Status Prepare(Round& round) override {
    OpenOptions open_options;
    open_options.config = {{"tidemark.journal.bytes", absl::StrCat(setup_.journal_bytes)}};
    const std::string data = absl::StrCat(round.directory, "/data");
    TM_ASSIGN_OR_RETURN(Tidemark opened, Tidemark::Open(data, open_options));
    tidemark_.emplace(std::move(opened));
    TopicOptions topic_options;
    topic_options.partition_count = load_.partitions;
    topic_options.config = setup_.topic_config;
    TM_ASSIGN_OR_RETURN(Topic topic, tidemark_->CreateTopic(kTopicName, topic_options));
    topic_.emplace(std::move(topic));
    // The first durable append has it made.
    while (setup_.journal_bytes > 0 && !std::filesystem::exists(data + "/" + kJournalName)) {
      TM_RETURN_IF_ERROR(topic_->AppendBatch(records_, OptionsFor(0)).status());
    }
    starts_.clear();
    for (int i = 0; i < load_.partitions; ++i) {
      TM_RETURN_IF_ERROR(
          FillTopicSteadily(OptionsFor(i), setup_.steady_bytes / load_.partitions, &*topic_));
      TM_ASSIGN_OR_RETURN(const PartitionOffsets offsets, topic_->Offsets(PartitionId(i)));
      starts_.push_back(offsets.latest);
    }
    return absl::OkStatus();
  }

  absl::Status Check(Round& /*round*/) override {
    int64_t records = 0;
    for (int i = 0; i < load_.partitions; ++i) {
      TM_RETURN_IF_ERROR(CheckPartition(PartitionId(i), &records));
    }
    return RequireCount("records", records, load_.records());
  }

  void Finish() override {
    topic_.reset();
    tidemark_.reset();
  }

 protected:
  ProduceOptions OptionsFor(int partition) const {
    ProduceOptions produce_options;
    produce_options.partition = PartitionId(partition);
    produce_options.durability = setup_.durability;
    return produce_options;
  }

  const Load load_;
  const AppendSetup setup_;
  const BatchValues values_;
  std::vector<Record> records_;  // Of one batch.
  absl::optional<Topic> topic_;

 private:
  absl::Status CheckPartition(PartitionId partition, int64_t* count) {
    const Offset start = starts_[static_cast<size_t>(partition.value())];
    for (Offset offset = start;;) {
      TM_ASSIGN_OR_RETURN(const FetchedRecords fetched, topic_->Read(partition, offset));
      if (fetched.empty()) return absl::OkStatus();
      for (const RecordView& record : fetched) {
        if (record.value != values_.ValueOf(record.offset - start)) {
          return absl::DataLossError(
              absl::StrCat("record ", record.offset.value(), " is not what was written"));
        }
      }
      *count += static_cast<int64_t>(fetched.size());
      offset = fetched.next_offset();
    }
  }

  absl::optional<Tidemark> tidemark_;
  std::vector<Offset> starts_;  // Of each partition, when the round began.
};

class TopicAppend final : public TopicContender {
 public:
  TopicAppend(const Load& load, const AppendSetup& setup) : TopicContender(load, setup, false) {}

  absl::Status Run(Round& round) override {
    return AppendOnThreads(
        load_,
        [this](int64_t batches, Latencies* latencies) { return AppendShare(batches, latencies); },
        &round.latencies);
  }

 private:
  absl::Status AppendShare(int64_t batches, Latencies* latencies) {
    Topic topic = *topic_;
    const ProduceOptions produce_options = OptionsFor(0);
    for (int64_t i = 0; i < batches; ++i) {
      const int64_t begin = setup_.with_latencies ? NowNanoseconds() : 0;
      if (records_.size() == 1) {
        TM_RETURN_IF_ERROR(topic.Append(records_.front(), produce_options).status());
      } else {
        TM_RETURN_IF_ERROR(topic.AppendBatch(records_, produce_options).status());
      }
      if (setup_.with_latencies) latencies->Add(NowNanoseconds() - begin);
    }
    return absl::OkStatus();
  }
};

class TopicAppendAsync final : public TopicContender {
 public:
  TopicAppendAsync(const Load& load, const AppendSetup& setup)
      : TopicContender(load, setup, true) {}

  absl::Status Run(Round& /*round*/) override {
    Outstanding outstanding;
    for (int64_t i = 0; i < load_.batches; ++i) {
      outstanding.Begin(load_.outstanding);
      topic_->AppendAsync(
          records_, OptionsFor(static_cast<int>(i % load_.partitions)),
          [&](const absl::StatusOr<AppendAck>& ack) { outstanding.End(ack.status()); });
    }
    return outstanding.AwaitAll();
  }
};

}  // namespace

std::unique_ptr<Contender> NewTopicAppend(const Load& load, const AppendSetup& setup) {
  return std::make_unique<TopicAppend>(load, setup);
}

std::unique_ptr<Contender> NewTopicAppendAsync(const Load& load, const AppendSetup& setup) {
  return std::make_unique<TopicAppendAsync>(load, setup);
}

}  // namespace tidemark
