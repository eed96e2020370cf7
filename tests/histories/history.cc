#include "tests/histories/history.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/base/check.h"

namespace tidemark {
namespace {

constexpr std::array<OperationForm, kOperationKinds> kForms = {{
    {"append", {"partition", "records", "key", "codec", "age", "bytes", "durable", "nulls"}},
    {"produce",
     {"partition", "producer", "back", "epoch_up", "transactional", "records", "key", "durable",
      "bytes"}},
    {"marker", {"partition", "producer", "commit", "epoch_up", "coordinator_up", "durable"}},
    {"follow", {"partition", "batches", "records", "epoch_up", "gap", "key", "bytes"}},
    {"read", {"partition", "permille", "bytes_max", "committed", "how"}},
    {"find", {"partition", "age"}},
    {"sync", {"partition", "later", "behind"}},
    {"truncate", {"partition", "back"}},
    {"start_at", {"partition", "ahead"}},
    {"epoch", {"partition", "up"}},
    {"high_watermark", {"partition", "back"}},
    {"delete", {"partition", "permille"}},
    {"retention", {}},
    {"compact", {}},
    {"config", {}},
    {"checkpoint", {}},
    {"reopen", {"keep_faults"}},
    {"crash", {"keep_faults"}},
    {"power_loss", {"mode", "seed", "keep_faults"}},
    {"crash_after", {"changes", "mode", "seed"}},
    {"fault", {"what", "after", "times", "error", "written", "revert"}},
    {"disk_full", {"room"}},
    {"disk_space", {}},
    {"write_back", {"seed"}},
    {"tasks", {"count"}},
    {"advance", {"ms"}},
}};

size_t IndexOf(OperationKind kind, absl::string_view name) {
  const auto& names = FormOf(kind).arguments;
  const auto found = std::find(names.begin(), names.end(), name);
  TM_CHECK(!name.empty() && found != names.end());
  return static_cast<size_t>(found - names.begin());
}

absl::Status BadLine(absl::string_view line) {
  return absl::InvalidArgumentError(absl::StrCat("not a line of a history: ", line));
}

// "name=number".
bool ParseArgument(absl::string_view word, Operation* operation) {
  const std::pair<absl::string_view, absl::string_view> sides = absl::StrSplit(word, '=');
  const auto& names = FormOf(operation->kind).arguments;
  const auto found = std::find(names.begin(), names.end(), sides.first);
  if (sides.first.empty() || found == names.end()) return false;
  return absl::SimpleAtoi(sides.second,
                          &operation->arguments[static_cast<size_t>(found - names.begin())]);
}

absl::StatusOr<Operation> ParseOperation(absl::string_view line) {
  const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  Operation operation;
  const auto form = std::find_if(kForms.begin(), kForms.end(), [&words](const OperationForm& one) {
    return one.name == words.front();
  });
  if (form == kForms.end()) return BadLine(line);
  operation.kind = static_cast<OperationKind>(form - kForms.begin());
  if (operation.kind == OperationKind::kConfig) {
    if (words.size() != 3) return BadLine(line);
    operation.setting = words[1];
    operation.value = words[2];
    return operation;
  }
  for (size_t i = 1; i < words.size(); ++i) {
    if (!ParseArgument(words[i], &operation)) return BadLine(line);
  }
  return operation;
}

}  // namespace

const OperationForm& FormOf(OperationKind kind) { return kForms[static_cast<size_t>(kind)]; }

int64_t Operation::operator[](absl::string_view name) const {
  return arguments[IndexOf(kind, name)];
}

Operation& Operation::Set(absl::string_view name, int64_t argument) {
  arguments[IndexOf(kind, name)] = argument;
  return *this;
}

std::string ToText(const Operation& operation) {
  const OperationForm& form = FormOf(operation.kind);
  std::string text(form.name);
  if (operation.kind == OperationKind::kConfig) {
    absl::StrAppend(&text, " ", operation.setting, " ", operation.value);
  }
  for (size_t i = 0; i < form.arguments.size(); ++i) {
    if (operation.arguments[i] == 0) continue;
    absl::StrAppend(&text, " ", form.arguments[i], "=", operation.arguments[i]);
  }
  return text;
}

std::string ToText(const History& history) {
  std::string text = absl::StrCat("partitions ", history.partitions, "\n");
  if (history.task_order != 0) absl::StrAppend(&text, "task_order ", history.task_order, "\n");
  for (const Operation& operation : history.operations) {
    absl::StrAppend(&text, ToText(operation), "\n");
  }
  return text;
}

absl::StatusOr<History> ParseHistory(absl::string_view text) {
  History history;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (line.empty() || line[0] == '#') continue;
    const std::pair<absl::string_view, absl::string_view> words = absl::StrSplit(line, ' ');
    if (words.first == "partitions") {
      if (!absl::SimpleAtoi(words.second, &history.partitions) || history.partitions < 1) {
        return BadLine(line);
      }
      continue;
    }
    if (words.first == "task_order") {
      if (!absl::SimpleAtoi(words.second, &history.task_order)) return BadLine(line);
      continue;
    }
    const absl::StatusOr<Operation> operation = ParseOperation(line);
    if (!operation.ok()) return operation.status();
    history.operations.push_back(*operation);
  }
  return history;
}

}  // namespace tidemark
