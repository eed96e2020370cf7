#ifndef TIDEMARK_API_CLI_RECORD_FORMAT_H_
#define TIDEMARK_API_CLI_RECORD_FORMAT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/record_batch.h"
#include "storage/types.h"

namespace tidemark {

// How a record is printed: text with %t topic, %p partition, %o offset, %T timestamp in
// milliseconds, %k key, %v value, %h headers as name=value,name=value, and %%; \n, \t and \\.
//
// Keys and values are printed as the bytes they are; absent ones print nothing, as do absent
// values of headers.
class RecordFormat {
 public:
  // INVALID_ARGUMENT, with the position, for anything else behind % or \.
  static absl::StatusOr<RecordFormat> Parse(absl::string_view format);

  void Print(const TopicPartition& topic_partition, const RecordView& record,
             std::string* out) const;

 private:
  struct Piece {
    char field = 0;  // As behind the %; 0 for text.
    std::string text;
  };

  void AddText(char c);

  std::vector<Piece> pieces_;
};

// Replaces \n, \t and \\ by what they stand for. INVALID_ARGUMENT for anything else behind \.
absl::StatusOr<std::string> Unescape(absl::string_view text);

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_RECORD_FORMAT_H_
