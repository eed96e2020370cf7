#ifndef TIDEMARK_TESTS_HISTORIES_PRODUCERS_H_
#define TIDEMARK_TESTS_HISTORIES_PRODUCERS_H_

// What a log must answer to a producer's batch, from nothing but the batches that it has.

#include <cstdint>
#include <set>
#include <vector>

#include "absl/types/optional.h"
#include "storage/error_code.h"
#include "tests/histories/model.h"

namespace tidemark {

struct ProducerFacts {
  struct Batch {
    int32_t first_sequence = 0;
    int32_t last_sequence = 0;
    int64_t base = 0;
    int64_t last = 0;
    bool may_be_forgotten = false;
  };

  bool is_known = false;
  int16_t epoch = -1;
  int32_t coordinator_epoch = -1;
  std::vector<Batch> batches;  // Of the epoch, at most the last five.
  absl::optional<int64_t> transaction_first;

  int32_t last_sequence() const { return batches.empty() ? -1 : batches.back().last_sequence; }
};

ProducerFacts FactsOf(const LogModel& model, int64_t producer);

// The answers that an append may get.
struct Answers {
  bool appended = false;
  absl::optional<ProducerFacts::Batch> duplicate_of;
  std::set<ErrorCode> refused;
};

// `batch` has no offsets yet.
Answers AnswersTo(const LogModel& model, const ModelBatch& batch);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_HISTORIES_PRODUCERS_H_
