#ifndef TIDEMARK_STORAGE_INSPECT_FINDING_LIST_H_
#define TIDEMARK_STORAGE_INSPECT_FINDING_LIST_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/inspect.h"
#include "storage/types.h"

namespace tidemark {

// Where in a file something is.
struct FindingPlace {
  std::string file;
  absl::optional<FilePosition> position;
  absl::optional<Offset> offset;
};

// Findings about one partition, or about the data directory. Of each file only a bounded number is
// kept; the others are counted.
class FindingList {
 public:
  explicit FindingList(absl::optional<TopicPartition> topic_partition)
      : topic_partition_(std::move(topic_partition)) {}

  void AddDamage(FindingPlace place, std::string message) {
    Add(Severity::kDamage, std::move(place), std::move(message));
  }
  void AddNote(FindingPlace place, std::string message) {
    Add(Severity::kNote, std::move(place), std::move(message));
  }
  void Add(Severity severity, FindingPlace place, std::string message);

  bool has_damage() const { return has_damage_; }

  // Removes what `other`, a second look at the same, did not find in the same place.
  void KeepCommon(const FindingList& other);

  // The findings, with one more for each file of which some were left out.
  std::vector<Finding> Take();

 private:
  struct LeftOut {
    int64_t damage_count = 0;
    int64_t note_count = 0;
  };

  const absl::optional<TopicPartition> topic_partition_;
  std::vector<Finding> findings_;
  std::map<std::string, int64_t> counts_;  // By file.
  std::map<std::string, LeftOut> left_out_;
  bool has_damage_ = false;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_FINDING_LIST_H_
