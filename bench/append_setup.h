#ifndef TIDEMARK_BENCH_APPEND_SETUP_H_
#define TIDEMARK_BENCH_APPEND_SETUP_H_

#include <cstdint>
#include <string>

#include "storage/engine.h"
#include "storage/types.h"

namespace tidemark {

// How Tidemark is set up where it appends, whichever of its headers is used.
struct AppendSetup {
  Durability durability = Durability::kBuffered;
  bool with_latencies = false;
  // Written before the round, see FillSteadily.
  int64_t steady_bytes = 0;
  ConfigMap topic_config = {};
  // 0: without a journal.
  int64_t journal_bytes = 0;
};

// `calls`, which says what happens on the clock, and the rest of Contender::settings.
std::string SettingsOf(const std::string& calls, const AppendSetup& setup);

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_APPEND_SETUP_H_
