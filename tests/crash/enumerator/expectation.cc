#include "tests/crash/enumerator/expectation.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

bool IsExpected(const ExpectedBatch& expected, const RecordBatchView& found) {
  if (expected.bytes != nullptr) return *expected.bytes == found.bytes();
  return found.is_control() && found.producer_id() == expected.marker_of &&
         found.base_offset() == expected.base_offset && found.VerifyCrc().ok();
}

class PartitionCheck {
 public:
  PartitionCheck(const TopicPartition& name, const PartitionExpectation& expected,
                 const ObservedLog& observed, std::vector<std::string>* violations)
      : name_(name), expected_(expected), observed_(observed), violations_(violations) {}

  void Run(CrashKind kind) {
    if (!observed_.error.ok()) return Fail(observed_.error.ToString());
    const Offset start = observed_.offsets.log_start;
    const Offset end = observed_.offsets.log_end;
    if (expected_.restart.has_value() && start == end && start == *expected_.restart) return;
    if (start < expected_.start_min || start > expected_.start_max) {
      Fail(absl::StrCat("starts at ", start.value(), ", expected ", expected_.start_min.value(),
                        " to ", expected_.start_max.value()));
    }
    const bool is_process = kind == CrashKind::kProcess;
    const Offset end_min = is_process ? expected_.buffered_end : expected_.durable_end;
    if (end < end_min) {
      Fail(absl::StrCat("ends at ", end.value(), ", but everything below ", end_min.value(),
                        " was acknowledged", is_process ? "" : " as durable"));
    }
    if (observed_.latest_epoch.value_or(kNoLeaderEpoch) > expected_.epoch_max) {
      Fail(absl::StrCat("knows of epoch ", observed_.latest_epoch->value()));
    }
    if (expected_.is_compacted) {
      CheckCompacted();
    } else {
      CheckPrefix();
    }
  }

 private:
  void Fail(absl::string_view what) {
    violations_->push_back(absl::StrCat(name_.topic, "-", name_.partition.value(), ": ", what));
  }

  void CheckPrefix() {
    absl::string_view rest = observed_.batches;
    Offset next = observed_.offsets.log_start;
    auto expected =
        std::find_if(expected_.batches.begin(), expected_.batches.end(),
                     [next](const ExpectedBatch& batch) { return batch.next_offset > next; });
    for (; !rest.empty(); ++expected) {
      const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(rest);
      if (!batch.ok()) return Fail(batch.status().ToString());
      if (expected == expected_.batches.end()) {
        return Fail(absl::StrCat("has a batch at ", batch->base_offset().value(),
                                 ", where nothing was appended"));
      }
      if (!IsExpected(*expected, *batch)) {
        return Fail(absl::StrCat("has a batch at ", batch->base_offset().value(),
                                 " that is not the one appended at ",
                                 expected->base_offset.value()));
      }
      next = batch->next_offset();
      rest.remove_prefix(batch->bytes().size());
    }
    if (next == observed_.offsets.log_end) return;
    Fail(absl::StrCat("ends at ", observed_.offsets.log_end.value(), ", its last batch at ",
                      next.value()));
  }

  // Of each key the latest record that can be there is there, as it was appended.
  void CheckCompacted() {
    std::map<int64_t, std::pair<std::string, std::string>> appended;
    std::map<std::string, int64_t> latest;
    for (const ExpectedBatch& batch : expected_.batches) {
      if (batch.base_offset >= observed_.offsets.log_end) break;
      if (batch.bytes != nullptr && !AddRecords(*batch.bytes, &appended)) return;
    }
    for (const auto& [offset, record] : appended) latest[record.first] = offset;
    std::map<int64_t, std::pair<std::string, std::string>> found;
    if (!AddRecords(observed_.batches, &found)) return;
    for (const auto& [offset, record] : found) {
      const auto original = appended.find(offset);
      if (original == appended.end() || original->second != record) {
        return Fail(absl::StrCat("has a record at ", offset, " that was not appended there"));
      }
    }
    for (const auto& [key, offset] : latest) {
      if (offset >= observed_.offsets.log_start.value() && found.count(offset) == 0) {
        return Fail(absl::StrCat("lacks the latest record of ", key, ", at ", offset));
      }
    }
  }

  bool AddRecords(absl::string_view rest,
                  std::map<int64_t, std::pair<std::string, std::string>>* records) {
    while (!rest.empty()) {
      const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(rest);
      absl::Status status = batch.status();
      if (status.ok()) status = batch->VerifyCrc();
      if (!status.ok()) return Fail(status.ToString()), false;
      rest.remove_prefix(batch->bytes().size());
      if (batch->is_control() || batch->record_count() == 0) continue;
      absl::StatusOr<RecordReader> reader = RecordReader::Open(*batch);
      if (!reader.ok()) return Fail(reader.status().ToString()), false;
      RecordView record;
      while (reader->Next(&record).value_or(false)) {
        (*records)[record.offset.value()] = {std::string(record.key.value_or("")),
                                             std::string(record.value.value_or(""))};
      }
    }
    return true;
  }

  const TopicPartition& name_;
  const PartitionExpectation& expected_;
  const ObservedLog& observed_;
  std::vector<std::string>* const violations_;
};

template <typename T>
bool Contains(const std::vector<T>& values, const T& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

void CheckTopics(const Expectation& expected, const Observation& observed,
                 std::vector<std::string>* violations) {
  for (const auto& [name, topic] : observed.topics) {
    const auto found = expected.topics.find(name);
    if (found == expected.topics.end() || !found->second.may_exist) {
      violations->push_back(absl::StrCat("there is a topic ", name));
      continue;
    }
    if (!Contains(found->second.partition_counts, topic.partition_count)) {
      violations->push_back(
          absl::StrCat("topic ", name, " has ", topic.partition_count, " partitions"));
    }
    if (!Contains(found->second.configs, topic.config)) {
      violations->push_back(absl::StrCat("topic ", name, " has other settings"));
    }
    for (int32_t i = 0; i < topic.partition_count; ++i) {
      if (observed.logs.count({name, PartitionId(i)}) > 0) continue;
      violations->push_back(absl::StrCat("topic ", name, " lacks partition ", i));
    }
  }
  for (const auto& [name, topic] : expected.topics) {
    if (!topic.must_exist || observed.topics.count(name) > 0) continue;
    violations->push_back(absl::StrCat("topic ", name, " is gone"));
  }
  if (!expected.engine_configs.empty() &&
      !Contains(expected.engine_configs, observed.engine_config)) {
    violations->push_back("the engine has other settings");
  }
}

// Each is there as a whole or not at all.
void CheckTransactions(const TransactionsExpectation& expected,
                       const ObservedTransactions& observed, std::vector<std::string>* violations) {
  if (!observed.error.empty()) {
    violations->push_back(observed.error);
    return;
  }
  const std::vector<int64_t>& found = observed.by_partition.front();
  for (const std::vector<int64_t>& other : observed.by_partition) {
    if (other == found) continue;
    violations->push_back("a transaction is committed in one partition and not in another");
  }
  if (observed.group_offset != (found.empty() ? 0 : found.back())) {
    violations->push_back(absl::StrCat("the group has committed ", observed.group_offset,
                                       ", the records ", found.empty() ? 0 : found.back()));
  }
  const std::set<int64_t> numbers(found.begin(), found.end());
  if (numbers.size() != found.size()) violations->push_back("a transaction is there twice");
  for (const int64_t number : expected.committed) {
    if (numbers.count(number) > 0) continue;
    violations->push_back(absl::StrCat("transaction ", number, " was committed and is not there"));
  }
  for (const int64_t number : numbers) {
    if (expected.committed.count(number) + expected.in_flight.count(number) > 0) continue;
    violations->push_back(absl::StrCat("transaction ", number, " was never committed"));
  }
}

PartitionExpectation AfterRecovery(const PartitionExpectation& before, const ObservedLog& found) {
  const Offset start = found.offsets.log_start;
  const Offset end = found.offsets.log_end;
  PartitionExpectation after = before;
  const bool is_restarted = before.restart.has_value() && start == end && start == *before.restart;
  if (is_restarted) {
    after.batches.clear();
    after.first_offset = after.start_min = after.durable_end = start;
  }
  std::erase_if(after.batches,
                [end](const ExpectedBatch& batch) { return batch.base_offset >= end; });
  after.restart.reset();
  after.start_max = start;
  after.buffered_end = end;
  after.durable_end = std::min(after.durable_end, end);
  if (is_restarted || after.batches.size() < before.batches.size()) {
    after.or_else = std::make_shared<const PartitionExpectation>(before);
  }
  return after;
}

}  // namespace

void CheckPartition(const TopicPartition& name, const PartitionExpectation& expected,
                    const ObservedLog& observed, CrashKind kind,
                    std::vector<std::string>* violations) {
  std::vector<std::string> differences;
  PartitionCheck(name, expected, observed, &differences).Run(kind);
  if (differences.empty()) return;
  if (kind == CrashKind::kPower && expected.or_else != nullptr) {
    return CheckPartition(name, *expected.or_else, observed, kind, violations);
  }
  violations->insert(violations->end(), differences.begin(), differences.end());
}

void CheckObservation(const Expectation& expected, const Observation& observed, CrashKind kind,
                      std::vector<std::string>* violations) {
  if (observed.transactions.has_value()) {
    return CheckTransactions(expected.transactions.value_or(TransactionsExpectation()),
                             *observed.transactions, violations);
  }
  CheckTopics(expected, observed, violations);
  for (const auto& [name, log] : observed.logs) {
    const auto found = expected.partitions.find(name);
    // Of a topic that is just being made.
    const PartitionExpectation none;
    const PartitionExpectation& partition =
        found == expected.partitions.end() ? none : found->second;
    CheckPartition(name, partition, log, kind, violations);
    if (!log.error.ok()) continue;
    const bool is_whole = log.offsets.log_start == Offset(0) && !partition.is_compacted;
    CheckSideState(name, log, is_whole, violations);
  }
}

Expectation AfterRecovery(const Expectation& before, const Observation& found) {
  Expectation after;
  after.transactions = before.transactions;
  if (!before.engine_configs.empty()) after.engine_configs = {found.engine_config};
  for (const auto& [topic, described] : found.topics) {
    after.topics[topic] = {true, true, {described.partition_count}, {described.config}};
  }
  for (const auto& [name, log] : found.logs) {
    const auto known = before.partitions.find(name);
    const PartitionExpectation none;
    after.partitions[name] =
        AfterRecovery(known == before.partitions.end() ? none : known->second, log);
  }
  return after;
}

}  // namespace tidemark
