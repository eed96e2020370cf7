#ifndef TIDEMARK_STORAGE_INSPECT_PARTITION_VERIFIER_H_
#define TIDEMARK_STORAGE_INSPECT_PARTITION_VERIFIER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "storage/inspect/segment_verifier.h"
#include "storage/inspect/verify_context.h"
#include "storage/types.h"

namespace tidemark {

// Checks one partition's directory: every segment, and every other file against the log.
class PartitionVerifier {
 public:
  // `topic_id` is what the topic's own file says; absent if there is none. `context` is not owned.
  PartitionVerifier(const VerifyContext* context, absl::optional<TopicId> topic_id)
      : context_(*context), topic_id_(topic_id) {}

  // NOT_FOUND if the directory has gone; otherwise as SegmentVerifier::Run.
  absl::Status Run();

 private:
  absl::Status ListFiles();
  void PassSegmentFile(const std::string& name, const SegmentFileName& parsed);
  void PassOtherFile(const std::string& name);
  void CheckPartitionMetadata();
  absl::optional<EpochCheck> OpenEpochs();
  absl::Status CheckSegments(EpochCheck* epochs);
  void CheckEpochsAgainstEnd(Offset log_end);
  void CheckCheckpoints(Offset log_end);
  void CheckSnapshots(absl::optional<Offset> log_end);
  void CheckTransactionIndexes();
  void CheckOrphans();
  // Whether the files of the segment are being removed, or were when the writer was killed.
  bool IsBeingRemoved(Offset base_offset) const;

  absl::optional<std::string> Read(const std::string& path);
  std::string Path(absl::string_view name) const;

  const VerifyContext& context_;
  const absl::optional<TopicId> topic_id_;
  std::vector<Offset> segments_;
  std::vector<Offset> snapshots_;
  std::vector<SegmentFileName> segment_side_files_;
  std::vector<Offset> deleted_logs_;  // Of .log.deleted files.
  std::vector<Offset> swap_logs_;     // Of .log.swap files.
  bool has_metadata_ = false;
  bool has_epochs_ = false;
  std::vector<LeaderEpochEntry> epoch_entries_;
  LogProgress progress_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_PARTITION_VERIFIER_H_
