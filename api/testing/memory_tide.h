#ifndef TIDEMARK_API_TESTING_MEMORY_TIDE_H_
#define TIDEMARK_API_TESTING_MEMORY_TIDE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "api/tidemark.h"
#include "storage/memory_env.h"

namespace tidemark {

// A Tidemark in memory, whose waits end when the test drives the executor.
struct MemoryTide {
  static constexpr char kDirectory[] = "/data";

  explicit MemoryTide(OpenOptions open_options = {}) : options(std::move(open_options)) {
    options.environment = {&file_system, &clock, &executor, &random};
    options.checkpoint_interval = absl::InfiniteDuration();
  }

  absl::StatusOr<Tidemark> Open() { return Tidemark::Open(kDirectory, options); }

  // Appends durably, driving the executor until that is acknowledged.
  absl::StatusOr<AppendAck> AppendDurably(Topic topic, const Record& record,
                                          ProduceOptions produce = {}) {
    absl::StatusOr<AppendAck> result = absl::UnknownError("not acknowledged");
    produce.durability = Durability::kDurable;
    topic.AppendAsync({&record, 1}, produce,
                      [&result](absl::StatusOr<AppendAck> ack) { result = std::move(ack); });
    executor.RunUntilIdle();
    return result;
  }

  // The same for a producer with a transactional id ...
  absl::StatusOr<Producer> OpenProducer(Tidemark* tide, const ProducerOptions& producer_options) {
    absl::StatusOr<Producer> opened = absl::UnknownError("not opened");
    tide->OpenProducerAsync(producer_options, [&opened](absl::StatusOr<Producer> producer) {
      opened = std::move(producer);
    });
    executor.RunUntilIdle();
    return opened;
  }
  // ... and the end of its transaction.
  absl::Status Commit(Producer producer, Durability durability) {
    absl::Status result = absl::UnknownError("not ended");
    producer.CommitTransactionAsync(durability,
                                    [&result](const absl::Status& status) { result = status; });
    executor.RunUntilIdle();
    return result;
  }

  MemoryFileSystem file_system;
  ManualClock clock;
  SeededRandom random{7};
  ManualExecutor executor{&clock};
  OpenOptions options;
};

// "offset:key=value" of each record, with a blank between; "-" for what is absent.
inline std::string Describe(const FetchedRecords& records) {
  const auto text = [](const absl::optional<absl::string_view>& bytes) {
    return std::string(bytes.value_or("-"));
  };
  std::string result;
  for (const RecordView& record : records) {
    if (!result.empty()) result += " ";
    result +=
        std::to_string(record.offset.value()) + ":" + text(record.key) + "=" + text(record.value);
  }
  return result;
}

}  // namespace tidemark

#endif  // TIDEMARK_API_TESTING_MEMORY_TIDE_H_
