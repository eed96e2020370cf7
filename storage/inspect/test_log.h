#ifndef TIDEMARK_STORAGE_INSPECT_TEST_LOG_H_
#define TIDEMARK_STORAGE_INSPECT_TEST_LOG_H_

// A data directory with one partition, made byte by byte, for the tests of inspection.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/format/checkpoint_file.h"
#include "storage/format/index_entry.h"
#include "storage/memory_env.h"
#include "storage/record_batch_builder.h"
#include "storage/types.h"

namespace tidemark {

struct TestBatch {
  Offset base_offset{0};
  LeaderEpoch leader_epoch{0};
  int record_count = 3;
  Timestamp timestamp{1000};  // Of the first record; the others follow one by one.
  int64_t value_bytes = 20;
  Codec codec = Codec::kNone;
  // Present: of a transaction of this producer.
  absl::optional<ProducerId> transaction_of = absl::nullopt;
  // With it: the marker that ends the transaction, one record, in place of data.
  absl::optional<bool> is_commit = absl::nullopt;
};

std::string MakeTestBatch(const TestBatch& batch);

// Whole files of a MemoryFileSystem. Every failure is the test's.
std::string GetFile(FileSystem* file_system, absl::string_view path);
void PutFile(FileSystem* file_system, absl::string_view path, absl::string_view contents);
void FlipBit(FileSystem* file_system, absl::string_view path, int64_t bit);

// The log of partition t-0 in /data.
class TestLog {
 public:
  static constexpr absl::string_view kRoot = "/data";
  static constexpr absl::string_view kDirectory = "/data/t-0";

  TestLog() = default;
  explicit TestLog(Offset start) : end_(start) { segments_.back().base_offset = start; }

  // Appends a batch at the end, whatever its base offset says; one index entry each but the first.
  void Append(TestBatch batch);
  // Leaves out offsets, as compaction does.
  void SkipOffsets(int64_t count) { end_ += count; }
  void Roll();

  // The directory as a proper close leaves it, and as a killed writer does: without the marker,
  // with zeros behind the last batch, without the indexes of the last segment.
  void WriteClosed(FileSystem* file_system, bool offset_gaps_allowed = false) const;
  void WriteKilled(FileSystem* file_system, Offset recovery_point = Offset(0)) const;

  Offset end() const { return end_; }
  // Paths of the files of the `number`th segment.
  std::string LogPath(size_t number) const { return Path(number, ".log"); }
  std::string IndexPath(size_t number) const { return Path(number, ".index"); }
  std::string TimeIndexPath(size_t number) const { return Path(number, ".timeindex"); }
  const std::string& log_bytes(size_t number) const { return segments_[number].log; }
  const std::vector<int64_t>& batch_positions(size_t number) const {
    return segments_[number].positions;
  }

 private:
  struct Segment {
    Offset base_offset;
    std::string log;
    std::string index;
    std::string time_index;
    Timestamp largest_timestamp = kNoTimestamp;
    Offset largest_timestamp_offset{-1};
    Timestamp indexed_timestamp = kNoTimestamp;
    std::vector<int64_t> positions;
  };

  std::string Path(size_t number, absl::string_view suffix) const;
  static void AddTimeEntry(Segment* segment);
  void WriteRoot(FileSystem* file_system, Offset recovery_point, bool offset_gaps_allowed) const;

  std::vector<Segment> segments_{1};
  std::vector<LeaderEpochEntry> epochs_;
  Offset end_{0};
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_TEST_LOG_H_
