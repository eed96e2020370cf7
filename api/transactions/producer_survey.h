#ifndef TIDEMARK_API_TRANSACTIONS_PRODUCER_SURVEY_H_
#define TIDEMARK_API_TRANSACTIONS_PRODUCER_SURVEY_H_

#include <utility>
#include <vector>

#include "api/catalog/topic_catalog.h"
#include "storage/engine.h"
#include "storage/log.h"
#include "storage/types.h"

namespace tidemark {

using ProducerSurvey = std::vector<std::pair<TopicPartition, ProducerSummary>>;

// What each log of the engine knows of producers; of those alone that are there.
ProducerSurvey SurveyProducers(const StorageEngine& engine, const TopicCatalog& catalog);

}  // namespace tidemark

#endif  // TIDEMARK_API_TRANSACTIONS_PRODUCER_SURVEY_H_
