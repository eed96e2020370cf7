#include "api/cli/console.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"

namespace tidemark {
namespace {

constexpr char kBrokenPipe[] = "the reader of standard output has gone";

sigset_t InterruptSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

absl::Status OutputError(int error) {
  if (error == EPIPE) return absl::CancelledError(kBrokenPipe);
  const std::string message = absl::StrCat("standard output: ", strerror(error));
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(message);
  return absl::UnavailableError(message);
}

// Writes all of `bytes`, through short writes, signals and descriptors that do not block.
// Returns 0 or the error's number.
int WriteAll(int descriptor, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd wait = {descriptor, POLLOUT, 0};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

// Gives a standard stream that was closed a descriptor that fails, so that no file opened later
// takes its number.
void OccupyStandardStreams() {
  const int wrong_mode[] = {O_WRONLY, O_RDONLY, O_RDONLY};
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) {
      TM_CHECK(open("/dev/null", wrong_mode[descriptor]) == descriptor);
    }
  }
}

int PollTimeoutMillis(absl::Duration timeout) {
  if (timeout == absl::InfiniteDuration()) return -1;
  const int64_t millis = absl::ToInt64Milliseconds(absl::Ceil(timeout, absl::Milliseconds(1)));
  return static_cast<int>(std::clamp<int64_t>(millis, 0, std::numeric_limits<int>::max()));
}

}  // namespace

Console::Console() {
  OccupyStandardStreams();
  input_is_terminal_ = isatty(STDIN_FILENO) == 1;
  output_is_terminal_ = isatty(STDOUT_FILENO) == 1;
  error_is_terminal_ = isatty(STDERR_FILENO) == 1;
  signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = InterruptSignals();
  TM_CHECK(pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
  signal_descriptor_ = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  wake_descriptor_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  TM_CHECK(signal_descriptor_ >= 0 && wake_descriptor_ >= 0);
}

Console::~Console() {
  close(signal_descriptor_);
  close(wake_descriptor_);
}

void Console::ReleaseInterrupts() {
  const sigset_t signals = InterruptSignals();
  TM_CHECK(pthread_sigmask(SIG_UNBLOCK, &signals, nullptr) == 0);
}

absl::Status Console::Flush() {
  if (output_status_.ok() && !buffer_.empty()) {
    const int error = WriteAll(STDOUT_FILENO, buffer_);
    if (error != 0) output_status_ = OutputError(error);
  }
  buffer_.clear();
  return output_status_;
}

bool Console::IsBrokenPipe(const absl::Status& status) {
  return absl::IsCancelled(status) && status.message() == kBrokenPipe;
}

void Console::PrintError(absl::string_view message) {
  ClearProgress();
  WriteAll(STDERR_FILENO, absl::StrCat("tidemark: ", message, "\n"));
}

void Console::ShowProgress(absl::string_view line) {
  if (!error_is_terminal_) return;
  WriteAll(STDERR_FILENO, absl::StrCat("\r\x1b[2K", line));
  progress_is_shown_ = true;
}

void Console::ClearProgress() {
  if (!progress_is_shown_) return;
  WriteAll(STDERR_FILENO, "\r\x1b[2K");
  progress_is_shown_ = false;
}

absl::StatusOr<int64_t> Console::ReadInput(absl::Span<char> out) {
  while (true) {
    const ssize_t count = read(STDIN_FILENO, out.data(), out.size());
    if (count >= 0) return count;
    if (errno == EAGAIN) {
      pollfd wait = {STDIN_FILENO, POLLIN, 0};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return absl::UnavailableError(absl::StrCat("standard input: ", strerror(errno)));
    }
  }
}

Console::Event Console::Wait(const Watch& watch, absl::Duration timeout) {
  pollfd descriptors[] = {{signal_descriptor_, POLLIN, 0},
                          {wake_descriptor_, POLLIN, 0},
                          {watch.input ? STDIN_FILENO : -1, POLLIN, 0},
                          {watch.output ? STDOUT_FILENO : -1, 0, 0}};
  int ready = 0;
  do {
    ready = poll(descriptors, std::size(descriptors), PollTimeoutMillis(timeout));
  } while (ready < 0 && errno == EINTR);
  if (descriptors[0].revents != 0) {
    signalfd_siginfo info;
    TM_CHECK(read(signal_descriptor_, &info, sizeof(info)) > 0);
    ReleaseInterrupts();
    return Event::kInterrupted;
  }
  if (descriptors[1].revents != 0) {
    uint64_t count = 0;
    TM_CHECK(read(wake_descriptor_, &count, sizeof(count)) > 0);
    return Event::kWoken;
  }
  if (descriptors[2].revents != 0) return Event::kInput;
  return (descriptors[3].revents & POLLERR) != 0 ? Event::kOutputGone : Event::kTimeout;
}

void Console::Wake() {
  const uint64_t one = 1;
  TM_CHECK(write(wake_descriptor_, &one, sizeof(one)) > 0);
}

}  // namespace tidemark
