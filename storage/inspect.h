#ifndef TIDEMARK_STORAGE_INSPECT_H_
#define TIDEMARK_STORAGE_INSPECT_H_

// Looking at a data directory from outside: reading, dumping and verifying what Tidemark or Kafka
// wrote. Nothing here writes, makes a file or takes a lock, so it works on directories that nobody
// has open, that another process is writing to, and that a killed writer has left behind.
//
// What a writer does meanwhile is not damage. Behind the last batch of the last segment there may
// be zeros (preallocated space) and, until the directory is opened the next time, what a crash left
// of batches that were being written: the log ends in front of both.
//
// Errors everywhere: those of FileSystem, naming the file.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "storage/env.h"
#include "storage/log.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// ---------------------------------------------------------------------------- reading

struct PartitionDirectory {
  TopicPartition topic_partition;
  std::string path;
  std::string home;  // The data directory that has the files of topics.
};

// The partitions that have a directory in one of an engine's data directories, of which the first
// has the files of topics; sorted by topic and partition. Directories of other kinds, and
// partitions that are being deleted, are left out. NOT_FOUND if there is no such data directory;
// FAILED_PRECONDITION for one that holds only what is no data directory's, for a partition that is
// in two of them, and for a topic's file that is not in the first.
absl::StatusOr<std::vector<PartitionDirectory>> ListPartitions(
    FileSystem* file_system, absl::Span<const std::string> data_directories);

// One partition's log, read from outside. It follows a writer: what is appended, rolled, truncated
// or deleted after Open is seen by the next call. Not thread-safe; several may look at one
// directory.
class ReadOnlyPartition {
 public:
  virtual ~ReadOnlyPartition() = default;

  // `directory` is the partition's own: "<data directory>/<topic>-<partition>". `home` is the data
  // directory that has the topic's file, "" for the one that the partition is in. `file_system` is
  // not owned and must outlive the partition. NOT_FOUND if it is absent; INVALID_ARGUMENT if its
  // name is not that of a partition.
  static absl::StatusOr<std::unique_ptr<ReadOnlyPartition>> Open(FileSystem* file_system,
                                                                 absl::string_view directory,
                                                                 absl::string_view home = "");

  virtual const TopicPartition& topic_partition() const = 0;

  // The first offset that can be read: the first segment's base offset or the checkpointed log
  // start, whichever is higher. NOT_FOUND once the partition has been deleted; so in every call
  // below.
  virtual absl::StatusOr<Offset> FindStart() = 0;

  // The offset behind the last whole batch. Scans the last segment from its last index entry on.
  // DATA_LOSS as for Read.
  virtual absl::StatusOr<Offset> FindEnd() = 0;

  // The first record whose timestamp is at least `timestamp`, at or above the start; nothing if
  // there is none. DATA_LOSS as for Read.
  virtual absl::StatusOr<absl::optional<TimestampedOffset>> FindByTimestamp(
      Timestamp timestamp) = 0;

  // Replaces `batches` with whole batches, back to back, whose CRCs hold, beginning with the one
  // that contains `from` (so it may begin before it; drop the records below), or the next one where
  // `from` was compacted away. Returns the offset to read on from: `from` itself, with no batches,
  // when there is nothing more yet; calling again is how to follow the log. Takes at most
  // `bytes_max`, except that the first batch always comes back whole; may return less.
  //
  // OUT_OF_RANGE, saying where the log starts (and, above it, ends), below its start and above its
  // end (either may have moved: retention deletes, truncation cuts). DATA_LOSS, with file, position
  // and offset, where the bytes are not the batch that should stand there, and again on every later
  // call from there; what stands behind the last whole batch of the last segment and was never
  // known to be on stable storage is the end, not an error, unless a valid batch follows it.
  virtual absl::StatusOr<Offset> Read(Offset from, int64_t bytes_max, std::string* batches) = 0;

  // The last stable offset: where the first transaction begins that is neither committed nor
  // aborted; without one, as FindEnd. Scans from the last snapshot of the producers on.
  virtual absl::StatusOr<Offset> FindLastStable() = 0;

  // As Read, but ends at the last stable offset, and leaves out control batches and the batches of
  // aborted transactions: what a reader under read_committed sees. Where all was left out, the
  // offset returned is above `from` all the same. Which transactions are aborted is read from the
  // log, up to the marker that decides, so that each byte is read twice. DATA_LOSS also for damage
  // between the last snapshot of the producers at or below `from` and `from`.
  virtual absl::StatusOr<Offset> ReadCommitted(Offset from, int64_t bytes_max,
                                               std::string* batches) = 0;
};

// ---------------------------------------------------------------------------- dumping

enum class DataFileKind {
  kUnknown,
  kLog,
  kOffsetIndex,
  kTimeIndex,
  kTransactionIndex,
  kProducerSnapshot,
  kLeaderEpochCheckpoint,
  kOffsetCheckpoint,  // Recovery points, log starts, high watermarks, cleaner positions.
  kPartitionMetadata,
  kTopicSettings,  // "<topic>.topic".
  kProducerIds,    // tidemark.producer-ids.
  kProperties,     // meta.properties.
  kCleanShutdown,
};

// Judged by the name alone; directories and second suffixes (".deleted", ".swap", ...) are ignored.
DataFileKind DataFileKindOf(absl::string_view path);

// What a file holds, one by one, in the file's order. Views are valid during the call that passes
// them.
struct TransactionMarker {
  bool is_commit = false;          // Else an abort.
  int32_t coordinator_epoch = -1;  // -1 if it cannot be read.
};
struct BatchItem {
  FilePosition position;
  RecordBatchView batch;
  absl::Status crc;  // As RecordBatchView::VerifyCrc.
  // Of a control batch that ends a transaction.
  absl::optional<TransactionMarker> marker = absl::nullopt;
};
struct OffsetIndexItem {
  Offset offset;
  FilePosition position;
};
struct TimeIndexItem {
  Timestamp timestamp;
  Offset offset;
};
struct AbortedTransactionItem {
  ProducerId producer_id;
  Offset first_offset;
  Offset last_offset;
  Offset last_stable_offset;
};
struct ProducerItem {
  ProducerId producer_id;
  ProducerEpoch producer_epoch;
  Sequence last_sequence;
  Offset last_offset;
  int32_t last_offset_delta = 0;
  Timestamp last_timestamp;
  int32_t coordinator_epoch = -1;
  absl::optional<Offset> open_transaction_first_offset;
};
struct LeaderEpochItem {
  LeaderEpoch leader_epoch;
  Offset start_offset;
};
struct CheckpointItem {
  TopicPartition topic_partition;
  Offset offset;
};
struct PropertyItem {
  std::string name;
  std::string value;
};
struct NoteItem {  // Nothing wrong: preallocated space, padding.
  FilePosition position;
  std::string message;
};
struct DamageItem {
  FilePosition position;
  std::string message;
};
using DataFileItem =
    std::variant<BatchItem, OffsetIndexItem, TimeIndexItem, AbortedTransactionItem, ProducerItem,
                 LeaderEpochItem, CheckpointItem, PropertyItem, NoteItem, DamageItem>;

// Passes everything in one file to `visit`, until that returns false. Damage does not end it where
// more can be read behind; a batch with a bad CRC comes as a BatchItem, then as a DamageItem.
// INVALID_ARGUMENT if the file is of no kind that is known here, or holds message sets of magic 0
// or 1.
absl::Status DumpFile(FileSystem* file_system, absl::string_view path,
                      absl::FunctionRef<bool(const DataFileItem&)> visit);

// ---------------------------------------------------------------------------- verifying

enum class Severity {
  kNote,    // Worth knowing; nothing is lost, and opening the directory puts it right if need be.
  kDamage,  // Bytes are not what was written there.
};

struct Finding {
  Severity severity = Severity::kNote;
  absl::optional<TopicPartition> topic_partition;  // Absent for what is about the data directory.
  std::string file;                                // Path; the directory's where no file is meant.
  absl::optional<FilePosition> position;
  absl::optional<Offset> offset;
  std::string message;  // What is wrong, expected and found, and what to do.
};

struct VerifyTotals {
  int64_t partition_count = 0;
  int64_t segment_count = 0;
  int64_t batch_count = 0;
  int64_t record_count = 0;
  int64_t bytes = 0;  // Read and checked, of all files; preallocated zeros count as well.
  int64_t damage_count = 0;
  int64_t note_count = 0;
};

struct VerifyOptions {
  // Further data directories of the engine: see EngineOptions::more_directories.
  std::vector<std::string> more_directories;
  // Called for each finding, in the order of the partitions.
  std::function<void(const Finding&)> on_finding;
  // Called now and then with the bytes read and the bytes to read in all, as known at the start.
  std::function<void(int64_t bytes_done, int64_t bytes_total)> on_progress;
  // What one batch may grow to when it is decompressed; a larger one is damage.
  int64_t decompressed_bytes_max = RecordReader::kDecompressedBytesMaxDefault;
};

// Checks every byte of every partition: batches (header, CRC, records, offsets and epochs that
// continue), and every side file against them. Memory is bounded by the largest batch and index.
// While a writer is live, what seems damaged is looked at a second time before it is reported.
// Errors of ListPartitions. Damage is no error: see VerifyTotals.
absl::StatusOr<VerifyTotals> VerifyDataDirectory(FileSystem* file_system,
                                                 absl::string_view data_directory,
                                                 const VerifyOptions& options);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_H_
