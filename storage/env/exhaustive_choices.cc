#include "storage/base/check.h"
#include "storage/memory_env.h"

namespace tidemark {

uint64_t ExhaustiveChoices::Choose(uint64_t n) {
  TM_CHECK(n > 0);
  if (position_ == choices_.size()) choices_.push_back({0, n});
  // A choice whose range depends on more than the earlier choices cannot be gone through.
  TM_CHECK(choices_[position_].n == n);
  return choices_[position_++].value;
}

bool ExhaustiveChoices::Next() {
  choices_.resize(position_);
  position_ = 0;
  while (!choices_.empty() && choices_.back().value + 1 == choices_.back().n) choices_.pop_back();
  if (choices_.empty()) return false;
  ++choices_.back().value;
  return true;
}

}  // namespace tidemark
