#include "bench/durable_limits.h"

#include <sys/uio.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bench/batches.h"
#include "bench/limit_files.h"
#include "bench/threads.h"
#include "storage/base/mutex.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

absl::Status WriteDsync(int descriptor, int64_t position, absl::string_view bytes) {
  while (!bytes.empty()) {
    const iovec part = {const_cast<char*>(bytes.data()), bytes.size()};
    const ssize_t written = pwritev2(descriptor, &part, 1, position, RWF_DSYNC);
    TM_RETURN_IF_ERROR(CallStatus("write", written));
    position += written;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status WriteFdatasync(int descriptor, int64_t position, absl::string_view bytes) {
  const ssize_t written = pwrite(descriptor, bytes.data(), bytes.size(), position);
  if (written != static_cast<ssize_t>(bytes.size())) return CallStatus("write", -1);
  return CallStatus("sync", fdatasync(descriptor));
}

// What all limits here share: files with a place for each batch.
class FilesLimit : public Contender {
 public:
  FilesLimit(std::string name, std::string settings, const Load& load, int files, bool are_written)
      : Contender(std::move(name), ContenderKind::kLimit, std::move(settings)),
        load_(load),
        file_count_(files),
        are_written_(are_written) {}

  absl::Status Prepare(Round& round) override {
    batch_ = MakeBatch(load_);
    return files_.Make(round.directory, file_count_, load_.batches,
                       static_cast<int64_t>(batch_.size()), are_written_);
  }
  absl::Status Check(Round& /*round*/) override { return files_.Check(batch_); }
  void Finish() override { files_.Close(); }

 protected:
  const Load load_;
  std::string batch_;
  LimitFiles files_;

 private:
  const int file_count_;
  const bool are_written_;
};

std::string NameOf(Flush flush) {
  switch (flush) {
    case Flush::kDsync:
      return "RWF_DSYNC each";
    case Flush::kFdatasync:
      return "fdatasync each";
    case Flush::kFdatasyncNew:
      break;
  }
  return "fdatasync each, new blocks";
}

class FlushEachLimit final : public FilesLimit {
 public:
  FlushEachLimit(const Load& load, Flush flush)
      : FilesLimit(NameOf(flush),
                   flush == Flush::kDsync ? "pwritev2 with RWF_DSYNC into written blocks"
                   : flush == Flush::kFdatasync
                       ? "pwrite and fdatasync, written blocks"
                       : "pwrite and fdatasync, allocated blocks that were never written",
                   load, load.partitions, flush != Flush::kFdatasyncNew),
        flush_(flush) {}

  absl::Status Run(Round& round) override {
    std::vector<Latencies> latencies(static_cast<size_t>(load_.threads));
    const absl::Status status = RunThreads(load_.threads, [&](int thread) -> absl::Status {
      for (int64_t i = thread; i < load_.batches; i += load_.threads) {
        const int descriptor = files_.FileOf(i).descriptor();
        const int64_t begin = NowNanoseconds();
        TM_RETURN_IF_ERROR(flush_ == Flush::kDsync
                               ? WriteDsync(descriptor, files_.PositionOf(i), batch_)
                               : WriteFdatasync(descriptor, files_.PositionOf(i), batch_));
        latencies[static_cast<size_t>(thread)].Add(NowNanoseconds() - begin);
      }
      return absl::OkStatus();
    });
    for (const Latencies& mine : latencies) round.latencies.Merge(mine);
    return status;
  }

 private:
  const Flush flush_;
};

// Gathers batches for one file. Who takes them writes them, one taker at a time.
class Gathered {
 public:
  // Returns the position behind the batch.
  int64_t Add(absl::string_view batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    waiting_.append(batch.data(), batch.size());
    return taken_end_ + static_cast<int64_t>(waiting_.size());
  }
  bool empty() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return waiting_.empty(); }
  // Gives the bytes that wait, and where they go; they are valid until the next call.
  absl::string_view Take(int64_t* position) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    taken_.swap(waiting_);
    waiting_.clear();
    *position = taken_end_;
    taken_end_ += static_cast<int64_t>(taken_.size());
    return taken_;
  }

  Mutex mutex;
  CondVar changed;

 private:
  std::string waiting_ ABSL_GUARDED_BY(mutex);
  std::string taken_ ABSL_GUARDED_BY(mutex);
  int64_t taken_end_ ABSL_GUARDED_BY(mutex) = 0;
};

class GroupCommitLimit final : public FilesLimit {
 public:
  GroupCommitLimit(const Load& load, int wait_microseconds)
      : FilesLimit(wait_microseconds == 0
                       ? "group commit"
                       : absl::StrCat("group commit, leader waits ", wait_microseconds, " us"),
                   "one of the waiting threads writes what all have brought, with one pwritev2 and "
                   "RWF_DSYNC into written blocks",
                   load, 1, true),
        wait_microseconds_(wait_microseconds) {}

  absl::Status Run(Round& round) override {
    Commits commits;
    std::vector<Latencies> latencies(static_cast<size_t>(load_.threads));
    const absl::Status status = RunThreads(load_.threads, [&](int thread) -> absl::Status {
      const int64_t share = ShareOf(load_.batches, thread, load_.threads);
      for (int64_t i = 0; i < share; ++i) {
        const int64_t begin = NowNanoseconds();
        TM_RETURN_IF_ERROR(Commit(&commits));
        latencies[static_cast<size_t>(thread)].Add(NowNanoseconds() - begin);
      }
      return absl::OkStatus();
    });
    for (const Latencies& mine : latencies) round.latencies.Merge(mine);
    return status;
  }

 private:
  struct Commits {
    Gathered gathered;
    int64_t durable_end ABSL_GUARDED_BY(gathered.mutex) = 0;
    bool has_leader ABSL_GUARDED_BY(gathered.mutex) = false;
    absl::Status status ABSL_GUARDED_BY(gathered.mutex);
  };

  absl::Status Commit(Commits* commits) {
    Mutex& mutex = commits->gathered.mutex;
    MutexLock lock(&mutex);
    const int64_t end = commits->gathered.Add(batch_);
    while (commits->durable_end < end && commits->status.ok()) {
      if (commits->has_leader) {
        commits->gathered.changed.Wait(&mutex);
      } else {
        Lead(commits);
      }
    }
    return commits->status;
  }

  void Lead(Commits* commits) ABSL_EXCLUSIVE_LOCKS_REQUIRED(commits->gathered.mutex) {
    Mutex& mutex = commits->gathered.mutex;
    commits->has_leader = true;
    if (wait_microseconds_ > 0) {
      mutex.Unlock();
      const int64_t until = NowNanoseconds() + wait_microseconds_ * int64_t{1000};
      while (NowNanoseconds() < until) std::this_thread::yield();
      mutex.Lock();
    }
    int64_t position = 0;
    const absl::string_view bytes = commits->gathered.Take(&position);
    mutex.Unlock();
    const absl::Status status = WriteDsync(files_.FileOf(0).descriptor(), position, bytes);
    mutex.Lock();
    if (!status.ok()) commits->status = status;
    commits->durable_end = position + static_cast<int64_t>(bytes.size());
    commits->has_leader = false;
    commits->gathered.changed.NotifyAll();
  }

  const int wait_microseconds_;
};

class GroupCommitAsyncLimit final : public FilesLimit {
 public:
  explicit GroupCommitAsyncLimit(const Load& load)
      : FilesLimit("group commit, two threads",
                   "one thread brings batches; another writes all that there are with one pwritev2 "
                   "and RWF_DSYNC into written blocks of one file",
                   load, 1, true) {}

  absl::Status Run(Round& /*round*/) override {
    Gathered gathered;
    Outstanding outstanding;
    std::thread committer([&] { CommitAll(&gathered, &outstanding); });
    for (int64_t i = 0; i < load_.batches; ++i) {
      outstanding.Begin(load_.outstanding);
      MutexLock lock(&gathered.mutex);
      gathered.Add(batch_);
      gathered.changed.NotifyOne();
    }
    committer.join();
    return outstanding.AwaitAll();
  }

 private:
  void CommitAll(Gathered* gathered, Outstanding* outstanding) {
    const auto size = static_cast<int64_t>(batch_.size());
    for (int64_t end = 0; end < load_.batches * size;) {
      int64_t position = 0;
      absl::string_view bytes;
      {
        MutexLock lock(&gathered->mutex);
        while (gathered->empty()) gathered->changed.Wait(&gathered->mutex);
        bytes = gathered->Take(&position);
      }
      const absl::Status status = WriteDsync(files_.FileOf(0).descriptor(), position, bytes);
      end = position + static_cast<int64_t>(bytes.size());
      outstanding->End(status, (end - position) / size);
    }
  }
};

class JournalLimit final : public FilesLimit {
 public:
  explicit JournalLimit(const Load& load)
      : FilesLimit(load.partitions == 1 ? "group commit, one thread" : "one shared journal",
                   absl::StrCat("one thread copies ", load.outstanding,
                                " batches together and writes them with one pwritev2 and RWF_DSYNC "
                                "into written blocks of one file"),
                   load, 1, true) {}

  absl::Status Run(Round& /*round*/) override {
    std::string group;
    int64_t position = 0;
    for (int64_t done = 0; done < load_.batches;) {
      group.clear();
      for (int i = 0; i < load_.outstanding && done < load_.batches; ++i, ++done) group += batch_;
      TM_RETURN_IF_ERROR(WriteDsync(files_.FileOf(0).descriptor(), position, group));
      position += static_cast<int64_t>(group.size());
    }
    return absl::OkStatus();
  }
};

}  // namespace

std::unique_ptr<Contender> NewFlushEachLimit(const Load& load, Flush flush) {
  return std::make_unique<FlushEachLimit>(load, flush);
}

std::unique_ptr<Contender> NewGroupCommitLimit(const Load& load, int wait_microseconds) {
  return std::make_unique<GroupCommitLimit>(load, wait_microseconds);
}

std::unique_ptr<Contender> NewGroupCommitAsyncLimit(const Load& load) {
  return std::make_unique<GroupCommitAsyncLimit>(load);
}

std::unique_ptr<Contender> NewJournalLimit(const Load& load) {
  return std::make_unique<JournalLimit>(load);
}

}  // namespace tidemark
