#ifndef TIDEMARK_STORAGE_ENGINE_COMPACTION_SETTINGS_H_
#define TIDEMARK_STORAGE_ENGINE_COMPACTION_SETTINGS_H_

#include "storage/compaction/compaction_config.h"
#include "storage/compaction/compactor.h"
#include "storage/engine.h"

namespace tidemark {

// How the topic is compacted; `effective` is its EffectiveTopicConfig.
CompactionConfig MakeCompactionConfig(const ConfigMap& effective);

// How all topics are; `broker` are settings of the engine that have passed their checks.
CompactorOptions MakeCompactorOptions(const ConfigMap& broker);

// log.cleaner.io.max.bytes.per.second; IoThrottle::kUnlimited by default.
double CleanerBytesPerSecond(const ConfigMap& broker);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_COMPACTION_SETTINGS_H_
