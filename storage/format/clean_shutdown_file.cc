#include "storage/format/clean_shutdown_file.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "storage/format/decimal.h"

namespace tidemark {

int64_t ParseCleanShutdownBrokerEpoch(absl::string_view text) {
  constexpr absl::string_view kKey = "\"brokerEpoch\"";
  const size_t key = text.find(kKey);
  if (key == absl::string_view::npos) return kNoBrokerEpoch;
  absl::string_view rest = absl::StripLeadingAsciiWhitespace(text.substr(key + kKey.size()));
  if (!absl::ConsumePrefix(&rest, ":")) return kNoBrokerEpoch;
  rest = absl::StripLeadingAsciiWhitespace(rest);
  int64_t epoch = 0;
  if (!ParseDecimal(rest.substr(0, rest.find_first_not_of("-0123456789")), &epoch)) {
    return kNoBrokerEpoch;
  }
  return epoch;
}

}  // namespace tidemark
