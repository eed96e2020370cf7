#include "storage/engine/placement_policy.h"

#include <algorithm>

#include "storage/base/check.h"

namespace tidemark {
namespace {

int64_t ExpectedBytes(int64_t segment_bytes, const std::vector<PlacementTarget>& targets) {
  int64_t held_bytes = 0;
  int64_t holders = 0;
  for (const PlacementTarget& target : targets) {
    held_bytes += target.held_bytes;
    holders += target.partitions - target.empty_partitions;
  }
  return std::max({segment_bytes, holders == 0 ? 0 : held_bytes / holders, int64_t{1}});
}

// What `count` partitions leave.
int64_t Without(int64_t free_bytes, int64_t count, int64_t expected_bytes) {
  return count > free_bytes / expected_bytes ? 0 : free_bytes - count * expected_bytes;
}

bool IsBetter(PlacementRule rule, const PlacementTarget& a, const PlacementTarget& b) {
  if (rule == PlacementRule::kSpace && a.free_bytes != b.free_bytes) {
    return a.free_bytes > b.free_bytes;
  }
  return a.partitions < b.partitions;
}

}  // namespace

std::vector<size_t> PlacePartitions(PlacementRule rule, int64_t count, int64_t segment_bytes,
                                    std::vector<PlacementTarget> targets) {
  TM_CHECK(!targets.empty());
  const int64_t expected_bytes = ExpectedBytes(segment_bytes, targets);
  for (PlacementTarget& target : targets) {
    target.free_bytes = Without(target.free_bytes, target.empty_partitions, expected_bytes);
  }
  std::vector<size_t> places;
  for (int64_t i = 0; i < count; ++i) {
    PlacementTarget* best = &targets.front();
    for (PlacementTarget& target : targets) {
      if (IsBetter(rule, target, *best)) best = &target;
    }
    places.push_back(best->directory);
    ++best->partitions;
    best->free_bytes = Without(best->free_bytes, 1, expected_bytes);
  }
  return places;
}

}  // namespace tidemark
