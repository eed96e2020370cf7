#ifndef TIDEMARK_STORAGE_SEGMENT_SEGMENT_APPENDER_H_
#define TIDEMARK_STORAGE_SEGMENT_SEGMENT_APPENDER_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/env.h"
#include "storage/index/segment_index.h"
#include "storage/segment/segment.h"
#include "storage/types.h"

namespace tidemark {

// The size to give the active segment's file so that `end_bytes` fit: it grows by doubling, in
// steps of limited size, up to `capacity_bytes`, which `end_bytes` must not exceed.
int64_t NextFileSize(int64_t file_size_bytes, int64_t end_bytes, int64_t capacity_bytes);

// Writes to the active segment, by copying into pages of its file that are allocated and in memory
// before they are touched; so an append neither waits for the disk nor can find it full half-way.
//
// Not thread-safe: its log calls Append under its append lock. Only Grow, which does the file work,
// may run beside Append.
class SegmentAppender {
 public:
  // `index` holds the segment's batches up to its size, where the file ends. `capacity_bytes`
  // bounds the file for good.
  SegmentAppender(const SegmentEnvironment& environment, std::shared_ptr<Segment> segment,
                  std::shared_ptr<SegmentIndex> index, int64_t capacity_bytes,
                  Timestamp first_timestamp, absl::Duration jitter);

  const std::shared_ptr<Segment>& segment() const { return segment_; }
  const SegmentIndex& index() const { return *index_; }
  int64_t position() const { return position_; }
  int64_t capacity_bytes() const { return capacity_bytes_; }
  Timestamp first_timestamp() const { return first_timestamp_; }
  absl::Duration jitter() const { return jitter_; }

  // How many bytes can be appended without growing.
  int64_t room_bytes() const { return prepared_bytes_ - position_; }

  // Copies the batch behind the last one and indexes it. There must be room. The segment's size
  // moves last, with release order: a reader that sees it sees the bytes.
  void Append(absl::string_view batch, Offset last_offset, Timestamp max_timestamp);

  // What growing brings.
  struct Growth {
    std::shared_ptr<MappedRegion> region;
    int64_t file_bytes = 0;
    int64_t prepared_bytes = 0;
  };

  // Allocates, maps and populates space for at least `end_bytes` in all, and more for the appends
  // to come if the disk has it. RESOURCE_EXHAUSTED, as IsDiskFull knows it, if there is no space,
  // or otherwise if there is no mapping left; nothing has changed then.
  absl::StatusOr<Growth> Grow(int64_t end_bytes);

  // Lets Append use what Grow prepared.
  void Install(Growth growth);

  // Cuts the file behind the last batch, unless it ends there. At roll and at close, when Append is
  // over.
  absl::Status Trim();

  // The index files hold the index as it is now, complete, and are on stable storage or empty.
  void NoteStoredIndex();

  // True if storing the index may make its files, and their names are then to be synced.
  bool may_lack_index_files() const { return stored_offset_entries_ < 0; }

  // Completes the index and, unless the files hold it already, writes and syncs them. Returns
  // whether it did. After Trim.
  absl::StatusOr<bool> StoreIndex();

 private:
  // Allocates and maps what `growth` is to have; less of it on a nearly full disk.
  absl::Status GrowFile(int64_t end_bytes, Growth* growth);

  const SegmentEnvironment environment_;
  const std::shared_ptr<Segment> segment_;
  const std::shared_ptr<SegmentIndex> index_;
  const int64_t capacity_bytes_;
  const absl::Duration jitter_;
  Timestamp first_timestamp_;
  std::shared_ptr<MappedRegion> region_;
  int64_t position_;
  // position_ <= prepared_bytes_ (in memory, ready to be written) <= file_bytes_ (allocated).
  int64_t file_bytes_;
  // Once growing begins, the file may be longer than what is known to be allocated.
  bool is_trimmed_ = true;
  int64_t prepared_bytes_;
  // How many entries the index files hold. They are only ever added to.
  int64_t stored_offset_entries_ = -1;
  int64_t stored_time_entries_ = -1;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_SEGMENT_SEGMENT_APPENDER_H_
