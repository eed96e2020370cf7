#ifndef TIDEMARK_STORAGE_FORMAT_CLEAN_SHUTDOWN_FILE_H_
#define TIDEMARK_STORAGE_FORMAT_CLEAN_SHUTDOWN_FILE_H_

// The file `.kafka_cleanshutdown`, whose presence says that the last stop was clean:
// docs/format/data_directory.md.

#include <cstdint>

#include "absl/strings/string_view.h"

namespace tidemark {

// The broker epoch where there is none (KIP-966).
inline constexpr int64_t kNoBrokerEpoch = -1;

// The text that a data directory without a controller holds.
inline constexpr absl::string_view kCleanShutdownText = R"({"version":0,"brokerEpoch":-1})";

// The broker epoch in the file's text; kNoBrokerEpoch if there is none, or if the text cannot be
// read: the stop was clean all the same.
int64_t ParseCleanShutdownBrokerEpoch(absl::string_view text);

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_FORMAT_CLEAN_SHUTDOWN_FILE_H_
