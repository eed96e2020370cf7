#include "storage/engine/topic_map.h"

#include "absl/strings/str_replace.h"

namespace tidemark {
namespace {

std::string MetricName(const std::string& name) { return absl::StrReplaceAll(name, {{".", "_"}}); }

}  // namespace

void TopicMap::Put(const std::string& name, LiveTopic topic) {
  auto shared = std::make_shared<const LiveTopic>(std::move(topic));
  MutexLock lock(&mutex_);
  topics_[name].swap(shared);
  by_metric_name_.emplace(MetricName(name), name);
}

void TopicMap::Remove(const std::string& name) {
  MutexLock lock(&mutex_);
  topics_.erase(name);
  by_metric_name_.erase({MetricName(name), name});
}

std::shared_ptr<const LiveTopic> TopicMap::Find(absl::string_view name) const {
  MutexLock lock(&mutex_);
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : found->second;
}

std::string TopicMap::FindColliding(const std::string& name) const {
  const std::string metric_name = MetricName(name);
  MutexLock lock(&mutex_);
  for (auto i = by_metric_name_.lower_bound({metric_name, ""});
       i != by_metric_name_.end() && i->first == metric_name; ++i) {
    if (i->second != name) return i->second;
  }
  return "";
}

std::vector<std::string> TopicMap::Names() const {
  std::vector<std::string> names;
  MutexLock lock(&mutex_);
  names.reserve(topics_.size());
  for (const auto& [name, topic] : topics_) names.push_back(name);
  return names;
}

std::vector<std::shared_ptr<PartitionLog>> TopicMap::Logs() const {
  std::vector<std::shared_ptr<PartitionLog>> logs;
  MutexLock lock(&mutex_);
  for (const auto& [name, topic] : topics_) {
    for (const auto& [partition, log] : topic->logs) logs.push_back(log);
  }
  return logs;
}

}  // namespace tidemark
