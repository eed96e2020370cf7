#ifndef TIDEMARK_STORAGE_LOG_LOG_JOURNAL_H_
#define TIDEMARK_STORAGE_LOG_LOG_JOURNAL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "storage/journal/journal.h"
#include "storage/log/group_commit.h"
#include "storage/log/log_syncer.h"
#include "storage/log/log_writer.h"
#include "storage/log/segment_list.h"
#include "storage/types.h"

namespace tidemark {

// How a log makes what was appended durable: by the journal of its data directory, as one of its
// clients, or, without one or where that declines, by a sync of its own segments.
//
// Commits of a log run one at a time (GroupCommit).
class LogJournal : public JournalClient {
 public:
  struct Parts {
    std::shared_ptr<Journal> journal;  // May be null.
    JournalKey key;
    SegmentList* segments = nullptr;
    LogSyncer* syncer = nullptr;
    LogWriter* writer = nullptr;
    GroupCommit* commit = nullptr;
    // Keeps the log for as long as what it returns.
    std::function<std::shared_ptr<void>()> owner;
    std::function<void()> lead_soon;   // Calls GroupCommit::Lead soon.
    std::function<bool()> is_closing;  // Then whoever closes the log flushes it.
  };

  explicit LogJournal(Parts parts) : parts_(std::move(parts)) {}

  bool is_used() const { return parts_.journal != nullptr && parts_.journal->is_wanted(); }

  // For GroupCommit: both make everything durable that was appended, the second one in the segments
  // themselves. An error fences the log.
  absl::StatusOr<Offset> Commit();
  absl::StatusOr<Offset> Sync();
  // And has the next commit made soon.
  void CommitSoon();

  // As Journal::Forget. No commit runs.
  absl::Status Forget();
  // As Journal::Leave.
  void Leave();

  JournalKey key() const override { return parts_.key; }
  bool Begin() override { return parts_.commit->Begin(); }
  absl::StatusOr<Tail> Collect() override;
  std::function<void()> End(const absl::StatusOr<Offset>& durable_end) override;
  void Decline() override;
  absl::Status Flush() override;

 private:
  // Behind what is durable: in the segment of the offset, of that id so many bytes are.
  struct Cursor {
    Offset offset{0};
    uint64_t segment_id = 0;
    int64_t segment_bytes = 0;
  };

  absl::Status CollectFrom(Segment* segment, Tail* tail);
  void FenceAfter(const absl::Status& failure);
  std::shared_ptr<JournalClient> Self();

  const Parts parts_;
  Cursor committed_;
  Cursor collected_;  // What becomes of it when the commit succeeds.
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_LOG_JOURNAL_H_
