#ifndef TIDEMARK_API_CLI_CONSOLE_H_
#define TIDEMARK_API_CLI_CONSOLE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace tidemark {

// The standard streams of the process and the signals that ask it to end: the one place where the
// command line talks to the operating system. Only Wake may be called from any thread.
class Console {
 public:
  // Ignores SIGPIPE, and holds SIGINT and SIGTERM back in this thread and in those that it starts
  // from now on: call before the first thread.
  Console();
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  // From now on SIGINT and SIGTERM end the process as usual.
  void ReleaseInterrupts();

  // Standard output, in large pieces: buffered until Flush or until there is enough. Errors stay:
  // once one was returned, every later call returns it. When the reader has gone, it is one that
  // IsBrokenPipe knows; RESOURCE_EXHAUSTED if the disk is full.
  absl::Status Write(absl::string_view bytes) {
    buffer_.append(bytes.data(), bytes.size());
    return buffer_.size() < kFlushBytes ? absl::OkStatus() : Flush();
  }
  absl::Status Flush();
  static bool IsBrokenPipe(const absl::Status& status);

  // `tidemark: <message>` and a newline on standard error, behind what was shown as progress.
  void PrintError(absl::string_view message);

  // Shows `line` in place of the last progress line, if standard error is a terminal; nothing else
  // happens if not. Cheap enough for every few thousand items, not for every one.
  void ShowProgress(absl::string_view line);
  // Removes the progress line; called before the results of a long command are printed.
  void ClearProgress();

  bool input_is_terminal() const { return input_is_terminal_; }
  bool output_is_terminal() const { return output_is_terminal_; }
  bool error_is_terminal() const { return error_is_terminal_; }

  // Reads what standard input has now, waiting if it has nothing: 0 bytes only at its end.
  absl::StatusOr<int64_t> ReadInput(absl::Span<char> out);

  enum class Event {
    kInput,        // ReadInput would not wait.
    kOutputGone,   // The reader of standard output has gone.
    kWoken,        // Wake was called since the last kWoken.
    kInterrupted,  // SIGINT or SIGTERM came. A second one ends the process as usual.
    kTimeout,
  };
  struct Watch {
    bool input = false;
    bool output = false;
  };
  // Waits for the first of these events; for kInput and kOutputGone only if they are watched for.
  // If there are several, an interrupt goes first, then a wake, then input.
  Event Wait(const Watch& watch, absl::Duration timeout);

  // Makes a Wait, now or later, return kWoken.
  void Wake();

 private:
  static constexpr size_t kFlushBytes = size_t{1} << 18;

  std::string buffer_;
  absl::Status output_status_;
  bool input_is_terminal_ = false;
  bool output_is_terminal_ = false;
  bool error_is_terminal_ = false;
  bool progress_is_shown_ = false;
  int wake_descriptor_ = -1;
  int signal_descriptor_ = -1;
};

}  // namespace tidemark

#endif  // TIDEMARK_API_CLI_CONSOLE_H_
