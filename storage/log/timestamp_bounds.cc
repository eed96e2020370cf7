#include "storage/log/timestamp_bounds.h"

#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr int64_t kInt64Max = std::numeric_limits<int64_t>::max();

// Where a sum does not fit, there is no bound.
int64_t Plus(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? std::numeric_limits<int64_t>::min() : kInt64Max;
}

int64_t LatestAllowed(int64_t now_ms, const LogConfig& config) {
  return Plus(now_ms, absl::ToInt64Milliseconds(config.timestamp_after_max));
}

absl::Status TooFar(Timestamp timestamp, int64_t now_ms, absl::string_view side,
                    absl::Duration bound) {
  return absl::InvalidArgumentError(absl::StrCat(
      "a record has timestamp ", timestamp.value(), ", too far ", side, " the clock, which says ",
      now_ms, ": message.timestamp.", side, ".max.ms is ", absl::ToInt64Milliseconds(bound)));
}

}  // namespace

absl::Status CheckTimestampBounds(const RecordBatchView& batch, const LogConfig& config,
                                  Clock* clock) {
  if (config.timestamp_type == TimestampType::kLogAppendTime) return absl::OkStatus();
  const int64_t now_ms = absl::ToUnixMillis(clock->Now());
  if (batch.max_timestamp().value() > LatestAllowed(now_ms, config)) {
    return TooFar(batch.max_timestamp(), now_ms, "after", config.timestamp_after_max);
  }
  if (config.timestamp_before_max == absl::InfiniteDuration()) return absl::OkStatus();
  const int64_t earliest_ms = now_ms - absl::ToInt64Milliseconds(config.timestamp_before_max);
  absl::StatusOr<RecordReader> records = RecordReader::Open(batch);
  if (!records.ok()) return absl::InvalidArgumentError(records.status().message());
  RecordView record;
  while (true) {
    const absl::StatusOr<bool> more = records->Next(&record);
    if (!more.ok()) return absl::InvalidArgumentError(more.status().message());
    if (!*more) return absl::OkStatus();
    if (record.timestamp != kNoTimestamp && record.timestamp.value() < earliest_ms) {
      return TooFar(record.timestamp, now_ms, "before", config.timestamp_before_max);
    }
  }
}

}  // namespace tidemark
