#ifndef TIDEMARK_TESTS_HISTORIES_MODEL_H_
#define TIDEMARK_TESTS_HISTORIES_MODEL_H_

// What one partition should hold: a list of batches, and what is known of their fate. Nothing here
// knows how a log works.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/log.h"
#include "storage/record_batch.h"

namespace tidemark {

struct ModelRecord {
  int64_t number = 0;  // No two appended records have the same: it says key, value and size.
  int64_t key = -1;    // -1 for none.
  int64_t bytes = 0;
  bool is_tombstone = false;
  int64_t timestamp = 0;
  bool may_be_gone = false;   // Compaction may have taken it.
  bool must_be_gone = false;  // It has.
  // From when on it may go, where it is a tombstone.
  int64_t horizon_ms = std::numeric_limits<int64_t>::max();
};

// Key and value on disk.
std::string KeyOf(const ModelRecord& record);
std::string ValueOf(const ModelRecord& record);

struct ModelBatch {
  int64_t base = 0;
  int64_t last = 0;
  int32_t epoch = 0;
  int64_t producer = -1;
  int16_t producer_epoch = -1;
  int32_t sequence = -1;
  bool is_transactional = false;
  bool is_marker = false;
  bool is_commit = false;
  int32_t coordinator_epoch = 0;
  // Compaction may have taken all of it, where its records may be gone.
  bool may_be_gone = false;
  std::vector<ModelRecord> records;
};

// Where the transaction of a batch stands.
enum class Outcome { kNone, kOpen, kCommitted, kAborted };

// How a life of the log has ended.
enum class Ending { kClosed, kProcess, kPower };

class LogModel {
 public:
  // Everything that is left of what was ever appended and not cut, also below the start.
  const std::vector<ModelBatch>& batches() const { return batches_; }
  int64_t start() const { return start_; }
  int64_t end() const { return end_; }
  // The outcome of each batch that is transactional and no marker.
  std::vector<Outcome> Outcomes() const;
  // The offsets that last_stable may be, given the high watermark.
  std::vector<int64_t> LastStables(int64_t high_watermark) const;
  // The end of the last batch that ends at or below `offset`, at least the start.
  int64_t BatchEndBelow(int64_t offset) const;

  void Append(const ModelBatch& batch);
  // An append that failed, or that the process did not outlive: all, some first ones or none of
  // them may be there after the next opening.
  void MaybeAppended(std::vector<ModelBatch> batches) {
    ghosts_.push_back({end_, std::move(batches), false});
  }

  // Everything at and above `offset` is cut; the log was found to end at `found`.
  absl::Status Truncate(int64_t offset, int64_t found);
  void MaybeTruncated(int64_t offset);
  void StartAt(int64_t offset);
  void MaybeStartedAt(int64_t offset);
  // The start has moved, and stays there after what `kept` says and all that is milder.
  enum class Kept { kNothing, kProcess, kPower };
  void MoveStart(int64_t offset, Kept kept);
  // It may have moved up to there on disk.
  void MaybeMovedStart(int64_t offset) { start_max_ = std::max(start_max_, offset); }
  void NoteDurable(int64_t offset);
  // Whether compaction may have taken all of it.
  static bool IsGone(const ModelBatch& batch);
  int64_t durable_end() const { return durable_end_; }
  // A sync has failed: the page cache may have lost what was not durable.
  void SyncFailed() { process_floor_ = std::min(process_floor_, durable_end_); }
  bool sync_failed() const { return process_floor_ < end_; }

  // Compaction may have run between these times, over what is below `bound`.
  void MayBeCompacted(int64_t bound, int64_t from_ms, int64_t to_ms, int64_t delete_retention_ms);
  // It has run, over all below `until`.
  void IsCompacted(int64_t until);
  // An older state of the segments may come back.
  void ForgetCompacted();

  // Whether `bytes` are batches that may be here, from the one on that has `from`; `next` becomes
  // the offset behind the last one.
  absl::Status Check(int64_t from, absl::string_view bytes, int64_t* next) const;
  // That compaction may have taken all that is in [from, until).
  absl::Status CheckGone(int64_t from, int64_t until) const;

  // A new life has begun with these offsets. `read` reads the batches from an offset on, to the
  // end.
  absl::Status Reconcile(Ending ending, const LogOffsets& found,
                         const std::function<absl::StatusOr<std::string>(int64_t)>& read);

  // Where the log was last opened or cut: of what is below, less may be known of producers.
  int64_t reloaded_at() const { return reloaded_at_; }
  // The log starts at each of these times: what was in front may be forgotten.
  const std::set<int64_t>& starts_when_reloaded() const { return starts_when_reloaded_; }

 private:
  // Batches that the log does not have and the disk may, from a base on.
  struct Ghost {
    int64_t base = 0;
    std::vector<ModelBatch> batches;
    bool is_overwritten = false;  // Then only a power loss brings it back.
  };

  absl::Status CheckEnd(Ending ending, int64_t found) const;
  absl::Status CheckStart(Ending ending, int64_t found) const;
  absl::Status CheckBatch(const ModelBatch& batch, const RecordBatchView& found) const;
  // The logs that end there which a new life may find.
  std::vector<LogModel> Candidates(Ending ending, int64_t end) const;
  void Settle(const LogModel& before, Ending ending);
  // What is known of its producer and its transaction need not have come from it.
  bool MayBeForgotten(const ModelBatch& batch) const;
  void Cut(int64_t end);

  std::vector<ModelBatch> batches_;
  int64_t start_ = 0;
  int64_t end_ = 0;
  int64_t durable_end_ = 0;
  int64_t process_start_ = 0;
  int64_t durable_start_ = 0;
  bool end_may_fall_ = false;
  int64_t start_max_ = 0;
  int64_t process_floor_ =
      std::numeric_limits<int64_t>::max();  // What the end of the process leaves, at least.
  std::vector<Ghost> ghosts_;
  std::vector<int64_t> maybe_starts_anew_;
  int64_t reloaded_at_ = 0;
  std::set<int64_t> starts_when_reloaded_ = {0};
};

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_HISTORIES_MODEL_H_
