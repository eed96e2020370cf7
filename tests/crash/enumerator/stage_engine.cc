#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/crash/enumerator/stage.h"

// The calls of Stage that are those of an engine or of a whole Tidemark.

namespace tidemark {
namespace {

ConfigMap Merged(const ConfigMap& old, const ConfigMap& set) {
  ConfigMap merged = set;
  merged.insert(old.begin(), old.end());
  return merged;
}

}  // namespace

bool Stage::KnowsTopic(const std::string& topic) const {
  const auto found = expectation_.topics.find(topic);
  return found != expectation_.topics.end() && found->second.must_exist;
}

std::vector<TopicPartition> Stage::PartitionsOf(const std::string& topic) const {
  std::vector<TopicPartition> names;
  for (const auto& [name, partition] : expectation_.partitions) {
    if (name.topic == topic) names.push_back(name);
  }
  return names;
}

void Stage::CreateTopic(const std::string& topic, int32_t partitions, const ConfigMap& config) {
  if (KnowsTopic(topic) || !Begin(absl::StrCat("create ", topic))) return;
  TopicExpectation& expected = expectation_.topics[topic];
  expected = {false, true, {partitions}, {config}};
  const auto policy = config.find("cleanup.policy");
  const bool is_compacted = policy != config.end() && policy->second == "compact";
  for (int32_t i = 0; i < partitions; ++i) {
    expectation_.partitions[{topic, PartitionId(i)}].is_compacted = is_compacted;
  }
  const absl::Status status = machine_->engine()->CreateTopic(topic, partitions, config).status();
  if (status.ok()) expected.must_exist = true;
  End(status);
}

void Stage::DeleteTopic(const std::string& topic) {
  if (!KnowsTopic(topic) || !Begin(absl::StrCat("delete ", topic))) return;
  expectation_.topics[topic].must_exist = false;
  const absl::Status status = machine_->engine()->DeleteTopic(topic);
  if (status.ok()) {
    expectation_.topics.erase(topic);
    for (const TopicPartition& name : PartitionsOf(topic)) expectation_.partitions.erase(name);
  }
  End(status);
}

void Stage::AddPartitions(const std::string& topic, int32_t partitions) {
  if (!KnowsTopic(topic)) return;
  TopicExpectation& expected = expectation_.topics[topic];
  if (partitions <= expected.partition_counts.front()) return;
  if (!Begin(absl::StrCat("add ", topic))) return;
  expected.partition_counts.push_back(partitions);
  const absl::Status status = machine_->engine()->AddPartitions(topic, partitions);
  if (status.ok()) {
    expected.partition_counts = {partitions};
    for (int32_t i = 0; i < partitions; ++i) {
      expectation_.partitions.try_emplace({topic, PartitionId(i)});
    }
  }
  End(status);
}

void Stage::AlterTopic(const std::string& topic, const ConfigMap& set) {
  if (!KnowsTopic(topic) || !Begin(absl::StrCat("alter ", topic))) return;
  TopicExpectation& expected = expectation_.topics[topic];
  const ConfigMap merged = Merged(expected.configs.front(), set);
  expected.configs.push_back(merged);
  const absl::Status status = machine_->engine()->AlterTopicConfig(topic, set, {});
  if (status.ok()) expected.configs = {merged};
  End(status);
}

void Stage::AlterEngine(const ConfigMap& set) {
  if (!Begin("alter engine")) return;
  const ConfigMap merged = Merged(expectation_.engine_configs.front(), set);
  expectation_.engine_configs.push_back(merged);
  const absl::Status status = machine_->engine()->AlterEngineConfig(set, {});
  if (status.ok()) expectation_.engine_configs = {merged};
  End(status);
}

void Stage::Retain(const std::string& topic) {
  if (!KnowsTopic(topic) || !Begin(absl::StrCat("retain ", topic))) return;
  for (const TopicPartition& name : PartitionsOf(topic)) {
    PartitionExpectation* const partition = Partition(name);
    partition->start_max = partition->buffered_end;
  }
  const auto outcomes = machine_->engine()->RunRetention(topic);
  absl::Status status = outcomes.status();
  if (outcomes.ok()) {
    for (const RetentionOutcome& outcome : *outcomes) {
      status.Update(outcome.status);
      PartitionExpectation* const partition = Partition(outcome.topic_partition);
      if (!outcome.status.ok()) continue;
      partition->start_min = partition->start_max = outcome.new_start;
      partition->durable_end = std::max(partition->durable_end, outcome.new_start);
    }
  }
  End(status);
}

void Stage::Compact(const std::string& topic) {
  if (!KnowsTopic(topic) || !Begin(absl::StrCat("compact ", topic))) return;
  const auto outcomes = machine_->engine()->RunCompaction(topic);
  absl::Status status = outcomes.status();
  if (outcomes.ok()) {
    for (const CompactionOutcome& outcome : *outcomes) status.Update(outcome.status);
  }
  End(status);
}

void Stage::WriteTransaction(int64_t number) {
  if (!Begin(absl::StrCat("transaction ", number))) return;
  transaction_ = number;
  End(machine_->WriteTransaction(number));
}

void Stage::FinishTransaction(bool is_commit) {
  if (!Begin(absl::StrCat(is_commit ? "commit " : "abort ", transaction_))) return;
  if (!expectation_.transactions.has_value()) expectation_.transactions.emplace();
  TransactionsExpectation& expected = *expectation_.transactions;
  if (is_commit) expected.in_flight.insert(transaction_);
  const absl::Status status = machine_->EndTransaction(is_commit);
  if (status.ok() && is_commit) expected.committed.insert(transaction_);
  End(status);
}

}  // namespace tidemark
