#include "storage/engine/topic_map.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "storage/base/status_macros.h"
#include "storage/format/file_names.h"

namespace tidemark {
namespace {

std::string MetricName(const std::string& name) { return absl::StrReplaceAll(name, {{".", "_"}}); }

}  // namespace

absl::Status OfflineError(const TopicPartition& partition, const absl::Status& error) {
  return Annotate(error, absl::StrCat(FormatPartitionDirectoryName(partition),
                                      ": offline, for it could not be opened"));
}

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

std::vector<std::pair<TopicPartition, LivePartition>> TopicMap::Partitions() const {
  std::vector<std::pair<TopicPartition, LivePartition>> partitions;
  MutexLock lock(&mutex_);
  for (const auto& [name, topic] : topics_) {
    for (const auto& [number, partition] : topic->partitions) {
      partitions.push_back({{name, number}, partition});
    }
  }
  return partitions;
}

}  // namespace tidemark
