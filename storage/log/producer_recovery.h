#ifndef TIDEMARK_STORAGE_LOG_PRODUCER_RECOVERY_H_
#define TIDEMARK_STORAGE_LOG_PRODUCER_RECOVERY_H_

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/env.h"
#include "storage/log/producer_files.h"
#include "storage/recovery_report.h"
#include "storage/segment/segment.h"
#include "storage/types.h"

namespace tidemark {

// Makes sense of the snapshots and transaction indexes in a log's directory while it is opened.
class ProducerRecovery {
 public:
  using Segments = absl::Span<const std::shared_ptr<Segment>>;

  ProducerRecovery(FileSystem* file_system, std::string directory, LogRecoveryReport* report)
      : file_system_(file_system),
        directory_(std::move(directory)),
        report_(report),
        files_(file_system, directory_) {}

  const ProducerFiles& files() const { return files_; }

  // The segment that begins there has a transaction index file.
  void NoteIndexFile(Offset base_offset) { index_files_.insert(base_offset); }

  // See StraySnapshots, OtherSnapshots and SnapshotsOutside. The last returns the newest one that
  // is left.
  absl::Status RemoveStraySnapshots(Segments segments) const;
  absl::Status RemoveOtherSnapshots(Segments segments) const;
  absl::StatusOr<absl::optional<Offset>> RemoveSnapshotsOutside(Offset log_start,
                                                                Offset log_end) const;

  // Gives a segment whose log is not read otherwise the aborted transactions that its file has, or,
  // if that is wrong, its log. The segments in front of it are needed then.
  absl::Status LoadTransactions(Segments segments, size_t number, Offset log_start) const;

  // Makes the file of a segment agree with what its log, which was read, has given it. On stable
  // storage on return, but for its name: a file that agrees is stored again, as a process may have
  // died between writing and syncing it.
  absl::Status CompleteTransactions(Segment* segment) const;

 private:
  absl::Status RemoveSnapshots(const std::vector<Offset>& snapshots) const;
  bool FileAgrees(const Segment& segment) const;
  void NoteRebuilt(const Segment& segment) const;

  FileSystem* const file_system_;
  const std::string directory_;
  LogRecoveryReport* const report_;
  const ProducerFiles files_;
  std::set<Offset> index_files_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_LOG_PRODUCER_RECOVERY_H_
