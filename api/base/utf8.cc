#include "api/base/utf8.h"

#include <cstddef>
#include <cstdint>

namespace tidemark {
namespace {

// How many bytes follow the first one, and the range of the second: Unicode's table of well-formed
// byte sequences.
struct Lead {
  size_t rest = 0;
  uint8_t second_min = 0x80;
  uint8_t second_max = 0xbf;
};

bool FindLead(uint8_t first, Lead* lead) {
  if (first < 0x80) return true;
  if (first < 0xc2 || first > 0xf4) return false;
  lead->rest = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  if (first == 0xe0) lead->second_min = 0xa0;
  if (first == 0xed) lead->second_max = 0x9f;
  if (first == 0xf0) lead->second_min = 0x90;
  if (first == 0xf4) lead->second_max = 0x8f;
  return true;
}

}  // namespace

bool IsUtf8(absl::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    Lead lead;
    if (!FindLead(static_cast<uint8_t>(bytes[i]), &lead)) return false;
    if (bytes.size() - i <= lead.rest) return false;
    for (size_t k = 1; k <= lead.rest; ++k) {
      const auto byte = static_cast<uint8_t>(bytes[i + k]);
      if (byte < (k == 1 ? lead.second_min : 0x80)) return false;
      if (byte > (k == 1 ? lead.second_max : 0xbf)) return false;
    }
    i += 1 + lead.rest;
  }
  return true;
}

}  // namespace tidemark
