#ifndef TIDEMARK_TESTS_HISTORIES_HISTORY_H_
#define TIDEMARK_TESTS_HISTORIES_HISTORY_H_

// What happens to the partitions of one topic, as plain data with a readable text form.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tidemark {

enum class OperationKind {
  kAppend,         // A leader's batch without a producer id.
  kProduce,        // A batch of an idempotent or transactional producer.
  kMarker,         // The end of a transaction.
  kFollow,         // What a leader gave to a follower.
  kRead,           // From one offset, in one of three ways.
  kFind,           // By timestamp.
  kSync,           // Waiting, or told later.
  kTruncate,       // Takes records off the end.
  kStartAt,        // Drops everything and starts elsewhere.
  kEpoch,          // A new leader epoch begins.
  kHighWatermark,  // Moves it, up or down.
  kDelete,         // Deletes records from the start on.
  kRetention,
  kCompact,
  kConfig,  // Sets `setting` of the topic to `value`; with a "-" for the value unsets it.
  kCheckpoint,
  kReopen,      // Close, and Open.
  kCrash,       // The process ends, a new one opens.
  kPowerLoss,   // So does the system.
  kCrashAfter,  // The same, some changes of files from now.
  kFault,       // Some file operations from now on fail.
  kDiskFull,    // No room but for some bytes more.
  kDiskSpace,   // There is room again, and no operation fails any more.
  kWriteBack,   // The kernel writes some of its pages.
  kTasks,       // Runs some of the tasks that are ready.
  kAdvance,     // Moves the clock on, and runs what is due.
};

inline constexpr int kOperationKinds = static_cast<int>(OperationKind::kAdvance) + 1;
inline constexpr int kArgumentsMax = 9;

// The name of a kind in text, and those of its arguments in their order.
struct OperationForm {
  absl::string_view name;
  std::array<absl::string_view, kArgumentsMax> arguments;
};

const OperationForm& FormOf(OperationKind kind);

struct Operation {
  OperationKind kind = OperationKind::kTasks;
  std::array<int64_t, kArgumentsMax> arguments{};
  std::string setting;  // kConfig only.
  std::string value;

  // The argument of that name, which the kind must have.
  int64_t operator[](absl::string_view name) const;
  Operation& Set(absl::string_view name, int64_t argument);

  friend bool operator==(const Operation&, const Operation&) = default;
};

struct History {
  int64_t partitions = 1;
  int64_t task_order = 0;  // Seeds the order of tasks; 0: as they became ready.
  std::vector<Operation> operations;

  friend bool operator==(const History&, const History&) = default;
};

// One operation a line, arguments by name, those that are 0 left out.
std::string ToText(const Operation& operation);
std::string ToText(const History& history);

// Lines that begin with '#' and empty ones are passed over. INVALID_ARGUMENT, with the line.
absl::StatusOr<History> ParseHistory(absl::string_view text);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_HISTORIES_HISTORY_H_
