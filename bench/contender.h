#ifndef TIDEMARK_BENCH_CONTENDER_H_
#define TIDEMARK_BENCH_CONTENDER_H_

// Who takes part in a row, and what a round asks of it.

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "bench/latencies.h"

namespace tidemark {

enum class ContenderKind {
  kLimit,     // A bare loop: what the machine can do.
  kTidemark,  // The library, through a public header.
  kPeer,      // Another store, through its own interface.
};

// What one round does. The same for all contenders of a row, so that one contender class can serve
// many rows.
struct Load {
  int64_t record_bytes = 100;  // Of the value; there is no key.
  int64_t records_per_batch = 1;
  int64_t batches = 0;  // Of all threads and partitions together.
  int threads = 1;
  int outstanding = 1;  // Appends that one thread has in flight.
  int partitions = 1;
  int passes = 1;  // How often a reader goes through the whole.

  int64_t records() const { return batches * records_per_batch; }
  int64_t value_bytes() const { return records() * record_bytes; }
};

// One round of one contender.
struct Round {
  // Empty, on the disk in question, for this round alone. It is removed afterwards with all that is
  // left in it.
  std::string directory;
  // Of rows that show latencies: Run adds one for each call.
  Latencies latencies;
  // What else is to be shown, by name, the unit last: {"syncs_per_second", 1234}. A row may judge
  // by one of them.
  std::map<std::string, double> figures;
};

// A contender does the work of its row once a round. Its rounds come one after another, between
// those of the others; each begins with Prepare and ends with Finish, whatever fails.
//
// Every call returns why it failed: the row then shows that, and the program fails in the end.
// UNIMPLEMENTED from Prepare says that this machine cannot do it, which is shown and is no failure.
class Contender {
 public:
  // `settings` says how it is set up, for a reader who wants to know whether that is fair: versions
  // and options of a peer, system calls of a limit, calls of Tidemark.
  Contender(std::string name, ContenderKind kind, std::string settings)
      : name_(std::move(name)), kind_(kind), settings_(std::move(settings)) {}
  virtual ~Contender() = default;
  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;

  const std::string& name() const { return name_; }
  ContenderKind kind() const { return kind_; }
  const std::string& settings() const { return settings_; }

  // Off the clock: opens what is needed, writes what will be read, brings memory in.
  virtual absl::Status Prepare(Round& round) = 0;
  // On the clock: the whole load.
  virtual absl::Status Run(Round& round) = 0;
  // Off the clock: looks at everything that Run wrote, or counts what it read. DATA_LOSS, saying
  // what is missing.
  virtual absl::Status Check(Round& round) = 0;
  // Off the clock: lets go of everything.
  virtual void Finish() = 0;

 private:
  const std::string name_;
  const ContenderKind kind_;
  const std::string settings_;
};

}  // namespace tidemark

#endif  // TIDEMARK_BENCH_CONTENDER_H_
