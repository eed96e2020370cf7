#ifndef TIDEMARK_STORAGE_COMPACTION_TEST_HISTORY_H_
#define TIDEMARK_STORAGE_COMPACTION_TEST_HISTORY_H_

// For tests: random histories of a log, and a naive model of what compaction makes of them.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/compaction/retain_decision.h"
#include "storage/compaction/test_batches.h"
#include "storage/format/control_record.h"
#include "storage/format/index_entry.h"
#include "storage/memory_env.h"
#include "storage/types.h"

namespace tidemark {

struct ModelRecord {
  int64_t offset = 0;
  absl::optional<std::string> key;
  absl::optional<std::string> value;
};

struct ModelBatch {
  int64_t base_offset = 0;
  int64_t last_offset = 0;
  int64_t producer_id = -1;
  int32_t base_sequence = -1;
  int transaction = -1;  // The number of the transaction it belongs to.
  bool is_marker = false;
  absl::optional<Timestamp> delete_horizon;
  std::vector<ModelRecord> records;
};

// A log as a list of batches, and compaction as a sentence for each.
class ModelLog {
 public:
  struct Pass {
    Offset first_dirty;
    Offset first_uncleanable;
    int64_t keys_max = 0;
    Timestamp now;
    Timestamp delete_horizon;
    std::vector<int64_t> segment_bases;  // Of all segments, the active one last.
    LastProducerRecords producers;
  };

  // Compacts once; returns the end of what was looked at for keys.
  Offset Compact(const Pass& pass);

  // One line for each batch.
  std::vector<std::string> Describe() const;

  // What a reader of committed records is left with who reads it all: the last value of each key.
  std::map<std::string, std::string> View() const;

  std::vector<ModelBatch> batches;
  std::set<int> aborted;  // Transactions.
  std::set<int> open;

 private:
  bool IsAborted(const ModelBatch& batch) const { return aborted.count(batch.transaction) > 0; }
  std::map<std::string, int64_t> LatestOffsets(const Pass& pass, Offset* end) const;
  // False if nothing is left of the batch.
  bool CompactBatch(const Pass& pass, const std::map<std::string, int64_t>& latest, Offset end,
                    const std::set<int>& with_data, ModelBatch* batch) const;
};

// The batches of a log's bytes, told as ModelLog::Describe does. The test fails at an unsound one.
std::vector<std::string> DescribeAsModel(absl::string_view bytes);

// Draws what producers do next. Gives each batch to the model and, finished, to `append`.
class RandomHistory {
 public:
  RandomHistory(uint64_t seed, ModelLog* model, std::function<void(const std::string&)> append)
      : random_(seed), model_(model), append_(std::move(append)) {}

  // Appends one batch: data, in or out of a transaction, or the end of a transaction.
  void Step();
  // Ends the transactions that are open.
  void EndAll();

  uint64_t Draw(uint64_t n) { return random_.Next() % n; }

  int64_t log_end() const { return log_end_; }
  // The first offset of the first open transaction, or the log end.
  Offset last_stable() const;
  // Of the transactions that were aborted since the last call.
  std::vector<TransactionIndexEntry> TakeAborted();
  // Some of the producers expire now and then.
  LastProducerRecords producers;

 private:
  struct OpenTransaction {
    int number = 0;
    int64_t first_offset = 0;
  };

  void AppendData();
  void End(int64_t producer_id, bool is_commit);
  RecordBatchOptions DrawOptions(ModelBatch* batch);

  SeededRandom random_;
  ModelLog* const model_;
  const std::function<void(const std::string&)> append_;
  std::map<int64_t, OpenTransaction> open_;  // By producer id.
  std::map<int64_t, int32_t> next_sequences_;
  std::vector<TransactionIndexEntry> aborted_;
  int64_t log_end_ = 0;
  int transaction_count_ = 0;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_COMPACTION_TEST_HISTORY_H_
