#ifndef TIDEMARK_API_CLI_DUMP_NAMES_H_
#define TIDEMARK_API_CLI_DUMP_NAMES_H_

#include "storage/inspect.h"
#include "storage/types.h"

namespace tidemark {

// What a dump calls them.
inline const char* NameOf(Codec codec) {
  switch (codec) {
    case Codec::kNone:
      return "none";
    case Codec::kGzip:
      return "gzip";
    case Codec::kSnappy:
      return "snappy";
    case Codec::kLz4:
      return "lz4";
    case Codec::kZstd:
      return "zstd";
  }
  return "unknown";
}

inline const char* NameOf(const TransactionMarker& marker) {
  return marker.is_commit ? "commit" : "abort";
}

inline const char* NameOf(TimestampType type) {
  return type == TimestampType::kLogAppendTime ? "log_append" : "create";
}

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_DUMP_NAMES_H_
