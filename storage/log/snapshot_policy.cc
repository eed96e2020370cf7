#include "storage/log/snapshot_policy.h"

#include <algorithm>
#include <iterator>

namespace tidemark {

std::vector<Offset> OtherSnapshots(absl::Span<const Offset> snapshots,
                                   absl::Span<const Offset> segment_base_offsets) {
  std::vector<Offset> others;
  std::set_difference(snapshots.begin(), snapshots.end(), segment_base_offsets.begin(),
                      segment_base_offsets.end(), std::back_inserter(others));
  return others;
}

std::vector<Offset> StraySnapshots(absl::Span<const Offset> snapshots,
                                   absl::Span<const Offset> segment_base_offsets) {
  std::vector<Offset> strays = OtherSnapshots(snapshots, segment_base_offsets);
  const bool is_of_a_clean_stop = !strays.empty() && (segment_base_offsets.empty() ||
                                                      strays.back() > segment_base_offsets.back());
  if (is_of_a_clean_stop) strays.pop_back();
  return strays;
}

std::vector<Offset> SnapshotsOutside(absl::Span<const Offset> snapshots, Offset log_start,
                                     Offset log_end) {
  std::vector<Offset> outside;
  for (const Offset snapshot : snapshots) {
    if (snapshot <= log_start || snapshot > log_end) outside.push_back(snapshot);
  }
  return outside;
}

}  // namespace tidemark
