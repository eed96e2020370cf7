#ifndef TIDEMARK_API_CLI_JSON_LINE_H_
#define TIDEMARK_API_CLI_JSON_LINE_H_

#include <string>

#include "nlohmann/json.hpp"

namespace tidemark {

// One object on one line. Bytes that are no UTF-8 are replaced.
inline std::string JsonLine(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_JSON_LINE_H_
