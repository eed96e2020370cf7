#include "storage/journal/journal_replay.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/base/status_macros.h"
#include "storage/env/whole_file.h"
#include "storage/format/file_names.h"

namespace tidemark {
namespace {

// Each one takes a descriptor.
constexpr size_t kOpenSegmentsMax = 64;

// Where a group is that can be read.
struct GroupPlace {
  int64_t position = 0;
  int64_t size_bytes = 0;
  int64_t generation = 0;
  int64_t number = 0;
  int64_t done_generation = -1;
};

// When an entry was written: generation, number of the group, of the entry.
using Moment = std::array<int64_t, 3>;

class Replay {
 public:
  Replay(FileSystem* file_system, std::string root,
         const std::function<std::string(const JournalKey&)>& directory_of)
      : file_system_(file_system), root_(std::move(root)), directory_of_(directory_of) {}

  absl::StatusOr<JournalReplay> Run();

 private:
  absl::Status FindGroups();
  absl::Status FindGroupsOfHalf(int64_t begin, std::vector<GroupPlace>* groups);
  absl::Status LookForLost(int64_t from, int64_t end, const GroupPlace& last);
  absl::StatusOr<JournalGroup> ReadGroup(int64_t position, int64_t end, std::string* buffer);
  void NoteForgotten(const JournalGroup& group);
  absl::Status Apply(const JournalEntry& entry);
  absl::StatusOr<File*> SegmentOf(const JournalEntry& entry);
  absl::Status SyncSegments();
  absl::Status ApplyGroup(const GroupPlace& place, std::string* buffer);

  FileSystem* const file_system_;
  const std::string root_;
  const std::function<std::string(const JournalKey&)>& directory_of_;
  JournalReplay result_;
  std::unique_ptr<File> journal_;
  int64_t half_bytes_ = 0;
  std::vector<GroupPlace> groups_;          // In the order in which they were written.
  std::map<JournalKey, Moment> forgotten_;  // By log, the last entry that says so.
  // Those that were written to and are not synced. Null for one that is not there.
  std::map<std::pair<JournalKey, Offset>, std::unique_ptr<File>> segments_;
};

absl::StatusOr<JournalReplay> Replay::Run() {
  const std::string path = absl::StrCat(root_, "/", kJournalFileName);
  absl::StatusOr<std::unique_ptr<File>> journal = file_system_->Open(path, OpenMode::kRead);
  if (absl::IsNotFound(journal.status())) {
    // The making of one may have been interrupted.
    TM_RETURN_IF_ERROR(RemoveJournal(file_system_, root_));
    return std::move(result_);
  }
  TM_RETURN_IF_ERROR(journal.status());
  journal_ = *std::move(journal);
  TM_RETURN_IF_ERROR(FindGroups());
  std::string buffer;
  for (const GroupPlace& place : groups_) TM_RETURN_IF_ERROR(ApplyGroup(place, &buffer));
  TM_RETURN_IF_ERROR(SyncSegments());
  journal_.reset();
  TM_RETURN_IF_ERROR(RemoveJournal(file_system_, root_));
  return std::move(result_);
}

absl::Status Replay::FindGroups() {
  TM_ASSIGN_OR_RETURN(const int64_t size_bytes, journal_->Size());
  half_bytes_ = size_bytes / 2;
  std::array<std::vector<GroupPlace>, 2> halves;
  TM_RETURN_IF_ERROR(FindGroupsOfHalf(0, &halves[0]));
  TM_RETURN_IF_ERROR(FindGroupsOfHalf(half_bytes_, &halves[1]));
  const auto generation = [](const std::vector<GroupPlace>& half) {
    return half.empty() ? -1 : half.front().generation;
  };
  if (generation(halves[0]) > generation(halves[1])) halves[0].swap(halves[1]);
  groups_ = std::move(halves[0]);
  groups_.insert(groups_.end(), halves[1].begin(), halves[1].end());
  int64_t done_generation = -1;
  for (const GroupPlace& group : groups_) {
    done_generation = std::max(done_generation, group.done_generation);
  }
  std::erase_if(groups_, [done_generation](const GroupPlace& group) {
    return group.generation <= done_generation;
  });
  return absl::OkStatus();
}

absl::Status Replay::FindGroupsOfHalf(int64_t begin, std::vector<GroupPlace>* groups) {
  const int64_t end = begin + half_bytes_;
  std::string buffer;
  GroupPlace last{.number = -1};
  for (int64_t at = begin; at < end;) {
    const absl::StatusOr<JournalGroup> group = ReadGroup(at, end, &buffer);
    const bool goes_on = group.ok() && group->number == last.number + 1 &&
                         (groups->empty() || group->generation == last.generation);
    if (!goes_on) {
      if (!group.ok() && !absl::IsDataLoss(group.status())) return group.status();
      return groups->empty() ? absl::OkStatus() : LookForLost(at, end, last);
    }
    last = {at, group->size_bytes, group->generation, group->number, group->done_generation};
    groups->push_back(last);
    NoteForgotten(*group);
    at += JournalGroupSpaceBytes(group->entries);
  }
  return absl::OkStatus();
}

// One group is written at a time, so only the last one can be torn. What comes later in the same
// generation than one that cannot be read was durable: so was that.
absl::Status Replay::LookForLost(int64_t from, int64_t end, const GroupPlace& last) {
  std::string buffer;
  for (int64_t at = from + kJournalAlignmentBytes; at < end; at += kJournalAlignmentBytes) {
    const absl::StatusOr<JournalGroup> group = ReadGroup(at, end, &buffer);
    if (!group.ok() && !absl::IsDataLoss(group.status())) return group.status();
    if (!group.ok() || group->generation != last.generation || group->number <= last.number) {
      continue;
    }
    result_.notes.push_back(absl::StrCat(
        root_, "/", kJournalFileName, " at position ", from, ": damaged; ",
        group->number - last.number - 1, " groups of what was on stable storage, and what came",
        " behind them, are lost where they had not reached their segments"));
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::StatusOr<JournalGroup> Replay::ReadGroup(int64_t position, int64_t end, std::string* buffer) {
  const auto read = [&](int64_t bytes) -> absl::Status {
    buffer->resize(static_cast<size_t>(bytes));
    TM_ASSIGN_OR_RETURN(const int64_t found, journal_->Read(position, absl::MakeSpan(*buffer)));
    return found == bytes ? absl::OkStatus() : absl::DataLossError("the journal ends here");
  };
  if (end - position < kJournalGroupHeaderBytes) return absl::DataLossError("no room for a group");
  TM_RETURN_IF_ERROR(read(kJournalGroupHeaderBytes));
  TM_ASSIGN_OR_RETURN(const int64_t size_bytes, JournalGroupSize(*buffer, end - position));
  TM_RETURN_IF_ERROR(read(size_bytes));
  return ParseJournalGroup(*buffer);
}

void Replay::NoteForgotten(const JournalGroup& group) {
  for (size_t i = 0; i < group.entries.size(); ++i) {
    if (group.entries[i].kind != JournalEntryKind::kForget) continue;
    Moment& last = forgotten_[group.entries[i].log];
    last = std::max(last, Moment{group.generation, group.number, static_cast<int64_t>(i)});
  }
}

absl::Status Replay::ApplyGroup(const GroupPlace& place, std::string* buffer) {
  TM_ASSIGN_OR_RETURN(const JournalGroup group,
                      ReadGroup(place.position, place.position + place.size_bytes, buffer));
  for (size_t i = 0; i < group.entries.size(); ++i) {
    const JournalEntry& entry = group.entries[i];
    const auto forgotten = forgotten_.find(entry.log);
    const bool holds =
        forgotten == forgotten_.end() ||
        forgotten->second < Moment{group.generation, group.number, static_cast<int64_t>(i)};
    if (holds && entry.kind == JournalEntryKind::kBytes) TM_RETURN_IF_ERROR(Apply(entry));
  }
  return absl::OkStatus();
}

absl::Status Replay::Apply(const JournalEntry& entry) {
  TM_ASSIGN_OR_RETURN(File* const segment, SegmentOf(entry));
  // Removed since then, by retention or with its topic.
  if (segment == nullptr) return absl::OkStatus();
  TM_RETURN_IF_ERROR(segment->Write(entry.position, entry.bytes));
  result_.bytes += static_cast<int64_t>(entry.bytes.size());
  return absl::OkStatus();
}

absl::Status Replay::SyncSegments() {
  for (const auto& [segment, file] : segments_) {
    if (file != nullptr) TM_RETURN_IF_ERROR(file->Sync());
  }
  segments_.clear();
  return absl::OkStatus();
}

absl::StatusOr<File*> Replay::SegmentOf(const JournalEntry& entry) {
  const bool is_known = segments_.contains({entry.log, entry.segment_base_offset});
  if (!is_known && segments_.size() >= kOpenSegmentsMax) TM_RETURN_IF_ERROR(SyncSegments());
  const auto [found, is_new] =
      segments_.try_emplace(std::pair(entry.log, entry.segment_base_offset));
  if (!is_new) return found->second.get();
  const std::string directory = directory_of_(entry.log);
  if (directory.empty()) return nullptr;
  absl::StatusOr<std::unique_ptr<File>> file = file_system_->Open(
      absl::StrCat(directory, "/",
                   FormatSegmentFileName({entry.segment_base_offset, SegmentFileKind::kLog})),
      OpenMode::kReadWrite);
  if (absl::IsNotFound(file.status())) return nullptr;
  TM_RETURN_IF_ERROR(file.status());
  found->second = *std::move(file);
  return found->second.get();
}

}  // namespace

absl::StatusOr<JournalReplay> ReplayJournal(
    FileSystem* file_system, const std::string& root,
    const std::function<std::string(const JournalKey&)>& directory_of) {
  return Replay(file_system, root, directory_of).Run();
}

absl::Status RemoveJournal(FileSystem* file_system, const std::string& root) {
  const std::string path = absl::StrCat(root, "/", kJournalFileName);
  TM_RETURN_IF_ERROR(
      RemoveIfPresent(file_system, absl::StrCat(path, kTemporaryFileSuffix)).status());
  TM_ASSIGN_OR_RETURN(const bool was_there, RemoveIfPresent(file_system, path));
  return was_there ? file_system->SyncDirectory(root) : absl::OkStatus();
}

}  // namespace tidemark
