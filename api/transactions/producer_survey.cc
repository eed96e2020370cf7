#include "api/transactions/producer_survey.h"

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace tidemark {

ProducerSurvey SurveyProducers(const StorageEngine& engine, const TopicCatalog& catalog) {
  ProducerSurvey survey;
  for (const std::string& topic : engine.ListTopics()) {
    const absl::StatusOr<std::shared_ptr<SharedTopic>> shared = catalog.Find(topic);
    if (!shared.ok()) continue;
    PartitionSet& partitions = (*shared)->partitions();
    for (int32_t number = 0; number < partitions.count(); ++number) {
      const auto partition = partitions.Find(PartitionId(number));
      if (!partition.ok()) continue;
      for (const ProducerSummary& producer : (*partition)->log->Producers()) {
        survey.emplace_back(TopicPartition{topic, PartitionId(number)}, producer);
      }
    }
  }
  return survey;
}

}  // namespace tidemark
