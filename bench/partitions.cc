#include "bench/partitions.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "bench/batches.h"
#include "bench/log_engine.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

int64_t AllocatedBytes() {
  const struct mallinfo2 information = mallinfo2();
  return static_cast<int64_t>(information.uordblks + information.hblkhd);
}

// A directory in memory: off the clock, a disk takes minutes for the files of so many partitions,
// and what is on the clock does not wait for it.
class MemoryDirectory {
 public:
  MemoryDirectory() = default;
  ~MemoryDirectory() { Remove(); }
  MemoryDirectory(const MemoryDirectory&) = delete;
  MemoryDirectory& operator=(const MemoryDirectory&) = delete;

  // UNIMPLEMENTED where there is no /dev/shm.
  absl::Status Make() {
    std::string path = "/dev/shm/tidemark_bench_XXXXXX";
    if (mkdtemp(path.data()) == nullptr) return absl::UnimplementedError("no room in /dev/shm");
    path_ = path;
    return absl::OkStatus();
  }
  void Remove() {
    std::error_code error;
    if (!path_.empty()) std::filesystem::remove_all(path_, error);
    path_.clear();
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Makes the load's partitions with one batch in each, and closes them.
absl::Status MakePartitions(const std::string& directory, const Load& load,
                            absl::string_view batch) {
  TM_ASSIGN_OR_RETURN(const std::unique_ptr<LogEngine> engine,
                      LogEngine::Open(directory, load.partitions));
  for (int i = 0; i < load.partitions; ++i) {
    TM_RETURN_IF_ERROR(Fill(batch, 1, &engine->log(i)));
  }
  return engine->Close();
}

absl::Status CheckPartitions(const Load& load, absl::string_view batch, int64_t expected,
                             LogEngine* engine) {
  int64_t batches = 0;
  for (int i = 0; i < load.partitions; ++i) {
    TM_RETURN_IF_ERROR(CheckLog(Offset(0), batch, &engine->log(i), &batches));
  }
  return RequireCount("batches", batches, expected);
}

// An engine with all partitions of the load in memory.
class InMemory : public Contender {
 public:
  InMemory(std::string name, std::string settings, const Load& load)
      : Contender(std::move(name), ContenderKind::kTidemark, std::move(settings)), load_(load) {}

  absl::Status Prepare(Round& /*round*/) override {
    TM_RETURN_IF_ERROR(directory_.Make());
    batch_ = MakeBatch(load_);
    return MakePartitions(directory_.path(), load_, batch_);
  }

  void Finish() override {
    engine_.reset();
    directory_.Remove();
  }

 protected:
  const Load load_;
  MemoryDirectory directory_;
  std::string batch_;
  std::unique_ptr<LogEngine> engine_;
};

class Rotation final : public InMemory {
 public:
  explicit Rotation(const Load& load)
      : InMemory("Log::Append, trusted", "finished batches, default settings; files on tmpfs",
                 load) {}

  absl::Status Prepare(Round& round) override {
    TM_RETURN_IF_ERROR(InMemory::Prepare(round));
    const int64_t before = AllocatedBytes();
    TM_ASSIGN_OR_RETURN(engine_, LogEngine::Open(directory_.path(), load_.partitions));
    round.figures["idle_partition_bytes"] =
        static_cast<double>(AllocatedBytes() - before) / load_.partitions;
    // The first append of each opens and maps its file.
    for (int i = 0; i < load_.partitions; ++i) {
      TM_RETURN_IF_ERROR(Fill(batch_, 1, &engine_->log(i)));
    }
    return absl::OkStatus();
  }

  absl::Status Run(Round& /*round*/) override {
    AppendOptions options;
    options.is_trusted = true;
    std::string own = batch_;
    int partition = 0;
    for (int64_t i = 0; i < load_.batches; ++i) {
      TM_RETURN_IF_ERROR(engine_->log(partition).Append(absl::MakeSpan(own), options).status());
      if (++partition == load_.partitions) partition = 0;
    }
    return absl::OkStatus();
  }

  absl::Status Check(Round& /*round*/) override {
    return CheckPartitions(load_, batch_, load_.batches + 2 * load_.partitions, engine_.get());
  }
};

class OpenClean final : public InMemory {
 public:
  explicit OpenClean(const Load& load)
      : InMemory("StorageEngine::Open, clean",
                 "default settings, 2 threads; closed properly before; files on tmpfs", load) {}

  absl::Status Run(Round& /*round*/) override {
    TM_ASSIGN_OR_RETURN(engine_, LogEngine::Open(directory_.path(), load_.partitions));
    return absl::OkStatus();
  }

  absl::Status Check(Round& /*round*/) override {
    if (!engine_->engine().recovery_report().was_clean) {
      return absl::DataLossError("it was not closed properly");
    }
    return CheckPartitions(load_, batch_, load_.partitions, engine_.get());
  }
};

class OpenCrashed final : public Contender {
 public:
  explicit OpenCrashed(const Load& load)
      : Contender("StorageEngine::Open, crashed", ContenderKind::kTidemark,
                  "default settings, 2 threads; the process ended without closing, and nothing is "
                  "below the recovery point; files in the page cache"),
        load_(load) {}

  absl::Status Prepare(Round& round) override {
    batch_ = MakeBatch(load_);
    const pid_t child = fork();
    TM_RETURN_IF_ERROR(CallStatus("fork", child));
    if (child == 0) _exit(FillAndLeave(round.directory).ok() ? 0 : 1);
    int outcome = 0;
    TM_RETURN_IF_ERROR(CallStatus("wait", waitpid(child, &outcome, 0)));
    return RequireCount("the outcome of the process that wrote", outcome, 0);
  }

  absl::Status Run(Round& round) override {
    TM_ASSIGN_OR_RETURN(engine_, LogEngine::Open(round.directory, 1));
    return absl::OkStatus();
  }

  absl::Status Check(Round& round) override {
    int64_t scanned_bytes = 0;
    for (const LogRecoveryReport& log : engine_->engine().recovery_report().logs) {
      scanned_bytes += log.scanned_bytes;
    }
    round.figures["scanned_bytes"] = static_cast<double>(scanned_bytes);
    TM_RETURN_IF_ERROR(RequireCount("bytes looked at", scanned_bytes,
                                    load_.batches * static_cast<int64_t>(batch_.size())));
    return CheckPartitions(load_, batch_, load_.batches, engine_.get());
  }

  void Finish() override { engine_.reset(); }

 private:
  // The caller ends the process while the engine is open.
  absl::Status FillAndLeave(const std::string& directory) {
    TM_ASSIGN_OR_RETURN(engine_, LogEngine::Open(directory, 1));
    return Fill(batch_, load_.batches, &engine_->log());
  }

  const Load load_;
  std::string batch_;
  std::unique_ptr<LogEngine> engine_;
};

}  // namespace

std::unique_ptr<Contender> NewRotation(const Load& load) {
  return std::make_unique<Rotation>(load);
}

std::unique_ptr<Contender> NewOpenClean(const Load& load) {
  return std::make_unique<OpenClean>(load);
}

std::unique_ptr<Contender> NewOpenCrashed(const Load& load) {
  return std::make_unique<OpenCrashed>(load);
}

}  // namespace tidemark
