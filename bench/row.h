#ifndef TIDEMARK_BENCH_ROW_H_
#define TIDEMARK_BENCH_ROW_H_

// One work, who does it, and what is expected of Tidemark.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "bench/contender.h"

namespace tidemark {

// How much work a round is.
enum class Scale {
  kFull,
  kQuick,  // The whole in under five minutes.
  kSmoke,  // As little as shows that everything works.
};

// Names of metrics that every round has, besides its figures.
inline constexpr char kRecordsPerSecond[] = "records_per_second";
inline constexpr char kBatchesPerSecond[] = "batches_per_second";
inline constexpr char kBytesPerSecond[] = "bytes_per_second";  // Of values.
inline constexpr char kSeconds[] = "seconds";
// And of those that have added latencies: p50_ns, p90_ns, p99_ns, p999_ns, max_ns.

struct Goal {
  enum class Kind {
    kOfLimit,     // At least `value` times the limit of the row.
    kOfBestPeer,  // At least `value` times the best peer.
    kAtMost,      // `metric` is at most `value`.
    // At least `value` times the judged contender's metric at the smallest place on the axis.
    kOfFirst,
  };
  Kind kind = Kind::kOfLimit;
  double value = 0;
  // The row's, if empty. Where less is better (IsLessBetter of bench/judge.h) a ratio is turned
  // round, so that more is always better.
  std::string metric = "";
};

struct Entry {
  std::unique_ptr<Contender> contender;
  // Which line of a curve, and where on its axis. Without a place: no curve.
  std::string line;
  absl::optional<double> place;
  absl::optional<Load> load;  // Where it differs from the row's.
};

struct Row {
  std::string name;   // For --only: small letters, digits and _.
  std::string title;  // For people, in a few words.
  Load load;
  std::string metric = kRecordsPerSecond;
  std::vector<Goal> goals;
  // The name of the limit that counts; others are shown beside it. The best one, if empty.
  std::string limit;
  // What the places of entries mean, if this row is a curve: "partitions", say.
  std::string axis;
  // The contenders, in the order in which they take turns. The first of Tidemark is the one that
  // goals judge; others of Tidemark are shown beside it. In a curve, the one with the largest
  // place on the first one's line is judged.
  std::vector<Entry> entries;

  void Add(std::unique_ptr<Contender> contender) {
    entries.push_back({std::move(contender), "", absl::nullopt, absl::nullopt});
  }
  void AddToCurve(std::string line, double place, const Load& place_load,
                  std::unique_ptr<Contender> contender) {
    entries.push_back({std::move(contender), std::move(line), place, place_load});
  }
};

// All rows, in the order of the report.
std::vector<Row> AllRows(Scale scale);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_ROW_H_
