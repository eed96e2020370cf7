#ifndef TIDEMARK_STORAGE_ENGINE_LOG_RETENTION_H_
#define TIDEMARK_STORAGE_ENGINE_LOG_RETENTION_H_

#include <string>
#include <vector>

#include "storage/engine.h"
#include "storage/env.h"
#include "storage/log/partition_log.h"
#include "storage/retention/retention_policy.h"
#include "storage/retention_report.h"

namespace tidemark {

struct RetentionRules {
  RetentionConfig config;
  std::vector<std::string> groups;  // What all of them have consumed may go.
};

// From effective topic settings.
RetentionRules MakeRetentionRules(const ConfigMap& effective);

// Rolls the active segment if its time has come, and removes what is due. `consumed` may be null.
RetentionOutcome RetainLog(PartitionLog* log, const RetentionRules& rules,
                           const ConsumedOffsets& consumed, Clock* clock);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_LOG_RETENTION_H_
