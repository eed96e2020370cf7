#ifndef TIDEMARK_STORAGE_ENGINE_OPEN_TOPICS_H_
#define TIDEMARK_STORAGE_ENGINE_OPEN_TOPICS_H_

// From what data directories hold to topics that can be used.

#include <cstdint>
#include <functional>

#include "storage/engine.h"
#include "storage/engine/data_directory.h"
#include "storage/engine/directory_set.h"
#include "storage/engine/topic_file.h"
#include "storage/engine/topic_map.h"
#include "storage/log/partition_log.h"
#include "storage/options.h"
#include "storage/recovery_report.h"

namespace tidemark {

// How the logs of a topic behave, with these settings of the engine.
LogConfig LogConfigOf(const TopicFile& file, const ConfigMap& broker);

// Opens the logs of all topics that the directories hold, those of different directories at the
// same time and `parallelism` at a time in each. A partition that cannot be opened is offline,
// alone; `report` says why. `on_opened` as for OpenLogs.
void OpenTopics(const LogEnvironment& environment, int64_t parallelism,
                const OpenedDirectories& opened, const DirectorySet& directories,
                const std::function<void(const LogRecoveryReport&)>& on_opened, TopicMap* topics,
                RecoveryReport* report);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENGINE_OPEN_TOPICS_H_
