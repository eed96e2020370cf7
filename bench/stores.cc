#include "bench/store.h"

namespace tidemark {

std::vector<StoreKind> Stores() { return {}; }

}  // namespace tidemark
