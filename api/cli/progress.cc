#include "api/cli/progress.h"

namespace tidemark {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(200);

}  // namespace

Progress::Progress(CliContext* context, bool is_wanted)
    : context_(context),
      is_shown_(is_wanted && context->console->error_is_terminal()),
      start_(context->environment.clock->MonotonicNow()),
      next_(start_ + kInterval) {}

Progress::~Progress() {
  if (is_shown_) context_->console->ClearProgress();
}

void Progress::Update(absl::FunctionRef<std::string(absl::Duration elapsed)> describe) {
  if (!is_shown_) return;
  const absl::Duration now = context_->environment.clock->MonotonicNow();
  if (now < next_) return;
  next_ = now + kInterval;
  context_->console->ShowProgress(describe(now - start_));
}

}  // namespace tidemark
