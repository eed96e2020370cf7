#ifndef TIDEMARK_API_GROUPS_GROUP_METADATA_VALUE_H_
#define TIDEMARK_API_GROUPS_GROUP_METADATA_VALUE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "storage/types.h"

namespace tidemark {

// One member of a classic group. -1 for times that the version does not have.
struct GroupMember {
  absl::string_view member_id;
  absl::optional<absl::string_view> group_instance_id;
  absl::string_view client_id;
  absl::string_view client_host;
  int32_t rebalance_timeout_ms = -1;
  int32_t session_timeout_ms = -1;
  absl::string_view subscription;
  absl::string_view assignment;
};

// The value of a classic group in `__consumer_offsets`: docs/format/offsets_topic.md. Views of the
// value.
struct GroupMetadataValue {
  absl::string_view protocol_type;
  int32_t generation = 0;
  absl::optional<absl::string_view> protocol;
  absl::optional<absl::string_view> leader;
  Timestamp current_state_time = kNoTimestamp;
  std::vector<GroupMember> members;

  // DATA_LOSS if it is cut short or has bytes left over; UNIMPLEMENTED, with the version, for one
  // that is newer than this reader.
  static absl::StatusOr<GroupMetadataValue> Parse(absl::string_view value);
};

}  // namespace tidemark

#endif  // TIDEMARK_API_GROUPS_GROUP_METADATA_VALUE_H_
