#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"
#include "storage/inspect.h"
#include "storage/inspect/finding_list.h"
#include "storage/inspect/partition_files.h"
#include "storage/inspect/partition_verifier.h"
#include "storage/inspect/root_files.h"
#include "storage/inspect/verify_context.h"

namespace tidemark {

namespace {

constexpr int64_t kProgressIntervalBytes = int64_t{8} << 20;

void Add(const VerifyTotals& part, VerifyTotals* sum) {
  sum->partition_count += part.partition_count;
  sum->segment_count += part.segment_count;
  sum->batch_count += part.batch_count;
  sum->record_count += part.record_count;
  sum->bytes += part.bytes;
}

bool IsIn(const std::string& data_directory, const PartitionDirectory& partition) {
  return JoinPath(data_directory, NameOf(partition.path)) == partition.path;
}

class DirectoryVerifier {
 public:
  DirectoryVerifier(FileSystem* file_system, const VerifyOptions& options)
      : file_system_(file_system), options_(options) {}

  // `data_directories` are not none.
  absl::StatusOr<VerifyTotals> Run(absl::Span<const std::string> data_directories) {
    FindingList findings(absl::nullopt);
    for (const std::string& data_directory : data_directories) {
      TM_ASSIGN_OR_RETURN(roots_.emplace_back(),
                          ReadRootFiles(file_system_, data_directory, &findings));
    }
    TM_ASSIGN_OR_RETURN(const std::vector<PartitionDirectory> partitions,
                        ListPartitions(file_system_, data_directories));
    CheckPartitionsAreThere(partitions, &findings);
    Report(&findings);
    if (options_.on_progress) CountBytes(partitions);
    for (const PartitionDirectory& partition : partitions) {
      TM_RETURN_IF_ERROR(VerifyPartition(partition));
    }
    if (options_.on_progress) options_.on_progress(bytes_done_, bytes_done_);
    return totals_;
  }

 private:
  // The first directory's, which has the files of topics.
  const RootFiles& home() const { return roots_.front(); }
  // That of the data directory that the partition is in.
  const RootFiles& RootOf(const PartitionDirectory& partition) const;
  absl::Status ReadRootsAgain();
  bool AreClosedCleanly() const;
  void CountBytes(const std::vector<PartitionDirectory>& partitions);
  void AddBytesDone(int64_t bytes);
  void CheckPartitionsAreThere(const std::vector<PartitionDirectory>& partitions,
                               FindingList* findings);
  absl::Status VerifyPartition(const PartitionDirectory& partition);
  absl::Status VerifyOnce(const PartitionDirectory& partition, FindingList* findings,
                          VerifyTotals* totals);
  void Report(FindingList* findings);

  FileSystem* const file_system_;
  const VerifyOptions& options_;
  std::vector<RootFiles> roots_;
  VerifyTotals totals_;
  int64_t bytes_total_ = 0;
  int64_t bytes_done_ = 0;
  int64_t bytes_shown_ = 0;
};

const RootFiles& DirectoryVerifier::RootOf(const PartitionDirectory& partition) const {
  const auto found = std::find_if(roots_.begin(), roots_.end(), [&](const RootFiles& root) {
    return IsIn(root.data_directory, partition);
  });
  TM_CHECK(found != roots_.end());
  return *found;
}

absl::Status DirectoryVerifier::ReadRootsAgain() {
  for (RootFiles& root : roots_) {
    FindingList unused(absl::nullopt);
    const std::string data_directory = root.data_directory;
    TM_ASSIGN_OR_RETURN(root, ReadRootFiles(file_system_, data_directory, &unused));
  }
  return absl::OkStatus();
}

bool DirectoryVerifier::AreClosedCleanly() const {
  return std::all_of(roots_.begin(), roots_.end(), [this](const RootFiles& root) {
    return IsClosedCleanly(file_system_, root.data_directory);
  });
}

// What cannot be listed or looked at has no size here; it is found out when it is read.
void DirectoryVerifier::CountBytes(const std::vector<PartitionDirectory>& partitions) {
  for (const PartitionDirectory& partition : partitions) {
    const absl::StatusOr<std::vector<DirectoryEntry>> entries = file_system_->List(partition.path);
    if (!entries.ok()) continue;
    for (const DirectoryEntry& entry : *entries) {
      const absl::StatusOr<FileInfo> info =
          file_system_->Stat(JoinPath(partition.path, entry.name));
      if (info.ok() && info->type == FileType::kFile) bytes_total_ += info->size_bytes;
    }
  }
}

void DirectoryVerifier::AddBytesDone(int64_t bytes) {
  bytes_done_ += bytes;
  if (!options_.on_progress || bytes_done_ - bytes_shown_ < kProgressIntervalBytes) return;
  bytes_shown_ = bytes_done_;
  bytes_total_ = std::max(bytes_total_, bytes_done_);
  options_.on_progress(bytes_done_, bytes_total_);
}

void DirectoryVerifier::CheckPartitionsAreThere(const std::vector<PartitionDirectory>& partitions,
                                                FindingList* findings) {
  std::vector<TopicPartition> found;
  found.reserve(partitions.size());
  for (const PartitionDirectory& partition : partitions) found.push_back(partition.topic_partition);
  for (const auto& [topic, file] : home().topics) {
    if (file.state != TopicState::kLive) continue;
    for (int32_t i = 0; i < file.partition_count; ++i) {
      const TopicPartition partition{topic, PartitionId(i)};
      if (std::binary_search(found.begin(), found.end(), partition)) continue;
      findings->Add(AreClosedCleanly() ? Severity::kDamage : Severity::kNote,
                    {JoinPath(home().data_directory, absl::StrCat(topic, "-", i)), {}, {}},
                    absl::StrCat("missing: ", topic, " has ", file.partition_count,
                                 " partitions; restore the directory from a copy, or name the data "
                                 "directory that it is in as well"));
    }
  }
}

absl::Status DirectoryVerifier::VerifyOnce(const PartitionDirectory& partition,
                                           FindingList* findings, VerifyTotals* totals) {
  const RootFiles& root = RootOf(partition);
  const auto topic = home().topics.find(partition.topic_partition.topic);
  const bool is_known = topic != home().topics.end();
  auto on_bytes = [this](int64_t bytes) { AddBytesDone(bytes); };
  const VerifyContext context{
      .file_system = file_system_,
      .place = {partition.topic_partition, partition.path, root.data_directory, partition.home},
      .are_gaps_allowed = !is_known || topic->second.offset_gaps_allowed,
      .recovery_point = LookUp(root.recovery_points, partition.topic_partition),
      .log_start = LookUp(root.log_starts, partition.topic_partition),
      .decompressed_bytes_max = options_.decompressed_bytes_max,
      .findings = findings,
      .totals = totals,
      .on_bytes = on_bytes};
  const absl::optional<TopicId> topic_id =
      is_known ? absl::make_optional(topic->second.id) : absl::nullopt;
  return PartitionVerifier(&context, topic_id).Run();
}

absl::Status DirectoryVerifier::VerifyPartition(const PartitionDirectory& partition) {
  FindingList findings(partition.topic_partition);
  VerifyTotals totals;
  absl::Status status = VerifyOnce(partition, &findings, &totals);
  if (status.ok() && findings.has_damage() &&
      !IsClosedCleanly(file_system_, RootOf(partition).data_directory)) {
    // A writer may have rolled, truncated or deleted while this was reading. Damage is still there
    // when one looks again.
    TM_RETURN_IF_ERROR(ReadRootsAgain());
    FindingList again(partition.topic_partition);
    totals = VerifyTotals();
    status = VerifyOnce(partition, &again, &totals);
    findings.KeepCommon(again);
  }
  if (absl::IsNotFound(status)) return absl::OkStatus();  // Deleted meanwhile.
  TM_RETURN_IF_ERROR(status);
  Add(totals, &totals_);
  Report(&findings);
  return absl::OkStatus();
}

void DirectoryVerifier::Report(FindingList* findings) {
  for (const Finding& finding : findings->Take()) {
    ++(finding.severity == Severity::kDamage ? totals_.damage_count : totals_.note_count);
    if (options_.on_finding) options_.on_finding(finding);
  }
}

}  // namespace

absl::StatusOr<VerifyTotals> VerifyDataDirectory(FileSystem* file_system,
                                                 absl::string_view data_directory,
                                                 const VerifyOptions& options) {
  std::vector<std::string> data_directories = {std::string(data_directory)};
  data_directories.insert(data_directories.end(), options.more_directories.begin(),
                          options.more_directories.end());
  for (std::string& path : data_directories) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
  }
  return DirectoryVerifier(file_system, options).Run(data_directories);
}

}  // namespace tidemark
