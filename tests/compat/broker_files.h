#ifndef TIDEMARK_TESTS_COMPAT_BROKER_FILES_H_
#define TIDEMARK_TESTS_COMPAT_BROKER_FILES_H_

// The files of golden/broker, and batches as Kafka's dump tool prints them.

#include <string>

#include "absl/strings/string_view.h"
#include "storage/record_batch.h"
#include "tests/compat/compat_files.h"

namespace tidemark {

std::string ReadBrokerFile(absl::string_view path);  // Below golden/broker.

// The bytes of all segments of a partition ("stopped/compacted-0"), one behind the other.
std::string ReadBrokerLog(absl::string_view partition);

// What Kafka's tools printed of the files, by path.
Json BrokerExpected();

// A batch of `file` as a row of BrokerExpected(), but for `lastSequence`.
Json DumpRow(absl::string_view file, const RecordBatchView& batch);

}  // namespace tidemark

#endif  // TIDEMARK_TESTS_COMPAT_BROKER_FILES_H_
