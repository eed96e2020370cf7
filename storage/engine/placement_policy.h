#ifndef TIDEMARK_STORAGE_ENGINE_PLACEMENT_POLICY_H_
#define TIDEMARK_STORAGE_ENGINE_PLACEMENT_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidemark {

enum class PlacementRule {
  kCount,  // Where the fewest partitions are.
  kSpace,  // Where the most bytes are free.
};

// A data directory that new partitions can go to.
struct PlacementTarget {
  size_t directory = 0;          // Its number.
  int64_t partitions = 0;        // That are there.
  int64_t empty_partitions = 0;  // Those of them that hold nothing yet.
  int64_t held_bytes = 0;        // In the others.
  int64_t free_bytes = 0;        // Only for kSpace.
};

// For `count` new partitions, one after the other, the directory that each goes to; `targets` are
// not none. Under kSpace, a partition that holds nothing takes no space yet, and is taken to be as
// large as those that do, on average, or as a segment: so that neither several new partitions nor
// one call after the other all go where a byte more is free. Among equals the one with the fewest
// partitions, then the first.
std::vector<size_t> PlacePartitions(PlacementRule rule, int64_t count, int64_t segment_bytes,
                                    std::vector<PlacementTarget> targets);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_PLACEMENT_POLICY_H_
