#include <fcntl.h>
#include <liburing.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/batches.h"
#include "bench/durable_limits.h"
#include "bench/limit_files.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

// What O_DIRECT wants positions, lengths and memory to be multiples of.
constexpr size_t kBlockBytes = 4096;

struct FreeDeleter {
  void operator()(char* bytes) const { std::free(bytes); }
};

class UringLimit final : public Contender {
 public:
  UringLimit(const Load& load, int in_flight)
      : Contender(UringLimitName(in_flight), ContenderKind::kLimit,
                  absl::StrCat("O_DIRECT and RWF_DSYNC into written blocks of ", load.partitions,
                               " files; batches padded to 4 KiB")),
        load_(load),
        in_flight_(in_flight) {}

  absl::Status Prepare(Round& round) override {
    batch_ = MakeBatch(load_);
    place_bytes_ = (batch_.size() + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
    TM_RETURN_IF_ERROR(files_.Make(round.directory, load_.partitions, load_.batches,
                                   static_cast<int64_t>(place_bytes_), true));
    TM_RETURN_IF_ERROR(files_.Evict());
    for (int i = 0; i < load_.partitions; ++i) {
      descriptors_.push_back(
          open(files_.FileOf(i).path().c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC));
      TM_RETURN_IF_ERROR(CallStatus("open with O_DIRECT", descriptors_.back()));
    }
    block_.reset(static_cast<char*>(std::aligned_alloc(kBlockBytes, place_bytes_)));
    std::memset(block_.get(), 0, place_bytes_);
    std::memcpy(block_.get(), batch_.data(), batch_.size());
    const int error = io_uring_queue_init(static_cast<unsigned>(in_flight_), &ring_, 0);
    if (error < 0) {
      return absl::UnimplementedError(absl::StrCat("no io_uring here: ", std::strerror(-error)));
    }
    has_ring_ = true;
    return absl::OkStatus();
  }

  absl::Status Run(Round& /*round*/) override {
    int64_t begun = 0;
    for (int64_t done = 0; done < load_.batches;) {
      for (; begun < load_.batches && begun - done < in_flight_; ++begun) Begin(begun);
      const int submitted = io_uring_submit_and_wait(&ring_, 1);
      if (submitted < 0) return absl::UnavailableError(std::strerror(-submitted));
      io_uring_cqe* completion = nullptr;
      while (io_uring_peek_cqe(&ring_, &completion) == 0) {
        const int result = completion->res;
        io_uring_cqe_seen(&ring_, completion);
        if (result != static_cast<int>(place_bytes_)) {
          return absl::UnavailableError(absl::StrCat("a write returned ", result));
        }
        ++done;
      }
    }
    return absl::OkStatus();
  }

  absl::Status Check(Round& /*round*/) override { return files_.Check(batch_); }

  void Finish() override {
    // Ends what a failed round has left in flight.
    if (has_ring_) io_uring_queue_exit(&ring_);
    has_ring_ = false;
    for (const int descriptor : descriptors_) {
      if (descriptor >= 0) close(descriptor);
    }
    descriptors_.clear();
    files_.Close();
  }

 private:
  void Begin(int64_t batch) {
    io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
    io_uring_prep_write(entry, descriptors_[static_cast<size_t>(batch) % descriptors_.size()],
                        block_.get(), static_cast<unsigned>(place_bytes_),
                        static_cast<uint64_t>(files_.PositionOf(batch)));
    entry->rw_flags = RWF_DSYNC;
  }

  const Load load_;
  const int in_flight_;
  std::string batch_;
  size_t place_bytes_ = 0;
  LimitFiles files_;
  std::vector<int> descriptors_;
  std::unique_ptr<char, FreeDeleter> block_;
  io_uring ring_ = {};
  bool has_ring_ = false;
};

}  // namespace

std::string UringLimitName(int in_flight) {
  return absl::StrCat("io_uring, ", in_flight, " in flight");
}

std::unique_ptr<Contender> NewUringLimit(const Load& load, int in_flight) {
  return std::make_unique<UringLimit>(load, in_flight);
}

}  // namespace tidemark
