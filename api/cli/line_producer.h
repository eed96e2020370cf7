#ifndef TIDEMARK_API_CLI_LINE_PRODUCER_H_
#define TIDEMARK_API_CLI_LINE_PRODUCER_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "api/cli/ack_ledger.h"
#include "api/cli/console.h"
#include "api/cli/gathered_batch.h"
#include "api/tidemark.h"
#include "storage/base/mutex.h"
#include "storage/record.h"

namespace tidemark {

struct LineProducerOptions {
  ProduceOptions produce;
  // Present: a line is a key, the separator and a value. Not empty.
  absl::optional<std::string> key_separator;
  // With a separator: a line that ends right behind it is a record without a value.
  bool has_tombstones = false;
  int64_t batch_records_max = std::numeric_limits<int32_t>::max();
  // Of a batch of more than one record, before compression.
  int64_t batch_bytes_max = 16384;
  // What the topic takes as one batch at most, before compression, and the setting that says so.
  int64_t topic_bytes_max = 0;
  std::string topic_bytes_setting;
  bool print_offsets = false;
};

// Appends lines to a topic: gathers them in one batch for each partition, keeps a bounded number of
// appends in flight, and prints offsets in the order of the lines once they are acknowledged. Used
// by one thread. Finish must be called before it is destroyed.
class LineProducer {
 public:
  // Appends through `producer`, if there is one. `console` is not owned.
  LineProducer(const Topic& topic, absl::optional<Producer> producer,
               const LineProducerOptions& options, Console* console);

  // Takes the next line, without its newline, and copies it. Waits while too much is in flight.
  // INVALID_ARGUMENT, naming the line, if it has no key or can be no record. Other errors are of
  // earlier lines (see Finish) or of the console. After an error nothing more may be added.
  absl::Status Add(absl::string_view line);

  // Appends what has been gathered, without waiting for acknowledgements.
  absl::Status AppendGathered();

  // Takes the acknowledgements that have come, and prints and flushes their offsets. Returns the
  // first error there was, naming the first line of the batch that it is about.
  absl::Status Collect();

  // Waits for input (if `watch_input`), for an acknowledgement that Collect has not seen, or for an
  // interrupt.
  Console::Event Wait(bool watch_input);

  // Appends what has been gathered, unless an append has failed; waits for everything in flight,
  // and prints its offsets. Returns the first error there was.
  absl::Status Finish();

  int64_t line_count() const { return line_count_; }
  int64_t acknowledged_count() const { return acknowledged_count_; }
  // True once an interrupt came during any call.
  bool was_interrupted() const { return was_interrupted_; }

 private:
  struct Gathering {
    int64_t number = 0;  // Of the batch, in the ledger.
    int64_t first_line = 0;
    GatheredBatch batch;
  };
  struct InFlight {
    int64_t number = 0;
    int64_t first_line = 0;
    int64_t size_bytes = 0;
  };
  struct Completion {
    InFlight batch;
    absl::StatusOr<AppendAck> ack;
  };

  absl::StatusOr<Record> Parse(absl::string_view line) const;
  absl::Status Gather(const Record& record);
  Gathering& GatheringFor(const Record& record);
  absl::Status Append(Gathering* gathering);
  absl::Status AwaitRoom();
  void Complete(const InFlight& batch, absl::StatusOr<AppendAck> ack);
  void Take(const Completion& completion);
  absl::Status PrintTaken();

  Topic topic_;
  absl::optional<Producer> producer_;
  const LineProducerOptions options_;
  Console* const console_;

  std::vector<Gathering> gatherings_;  // By partition where lines have keys; else one.
  std::vector<Record> records_;        // Kept for its memory.
  int64_t gathered_bytes_ = 0;
  int64_t gathered_since_line_ = 0;  // No gathering is older.

  AckLedger ledger_;
  int64_t line_count_ = 0;
  int64_t acknowledged_count_ = 0;
  int64_t in_flight_count_ = 0;
  int64_t in_flight_bytes_ = 0;
  absl::Status append_status_;  // Of the batch with the first line among those that failed.
  int64_t failed_line_ = std::numeric_limits<int64_t>::max();
  bool was_interrupted_ = false;

  Mutex mutex_;
  bool is_waiting_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Completion> completions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_LINE_PRODUCER_H_
