#include "storage/log/append_waiters.h"

#include <utility>

namespace tidemark {

uint64_t AppendWaiters::Add(Offset offset, std::function<void(absl::Status)> done) {
  waiters_.emplace(next_number_, Waiter{offset, std::move(done), absl::nullopt});
  return next_number_++;
}

bool AppendWaiters::SetTimer(uint64_t number, uint64_t timer) {
  const auto found = waiters_.find(number);
  if (found == waiters_.end()) return false;
  found->second.timer = timer;
  return true;
}

absl::optional<AppendWaiters::Waiter> AppendWaiters::Take(uint64_t number) {
  const auto found = waiters_.find(number);
  if (found == waiters_.end()) return absl::nullopt;
  absl::optional<Waiter> waiter = std::move(found->second);
  waiters_.erase(found);
  return waiter;
}

std::vector<AppendWaiters::Waiter> AppendWaiters::TakeReady(Offset log_end) {
  std::vector<Waiter> ready;
  for (auto it = waiters_.begin(); it != waiters_.end();) {
    if (it->second.offset < log_end) {
      ready.push_back(std::move(it->second));
      it = waiters_.erase(it);
    } else {
      ++it;
    }
  }
  return ready;
}

std::vector<AppendWaiters::Waiter> AppendWaiters::TakeAll() {
  std::vector<Waiter> all;
  for (auto& [number, waiter] : waiters_) all.push_back(std::move(waiter));
  waiters_.clear();
  return all;
}

}  // namespace tidemark
