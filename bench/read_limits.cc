#include "bench/read_limits.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bench/bare_batches.h"
#include "bench/bare_file.h"
#include "bench/batches.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr size_t kReadBytes = size_t{1} << 20;

std::string Qualified(const std::string& name, ReadWork work) {
  return absl::StrCat(name, ", ", NameOf(work));
}

// What both share: a file of batches.
class ReadLimit : public Contender {
 public:
  ReadLimit(const std::string& name, const std::string& settings, const Load& load, ReadWork work,
            Cache cache)
      : Contender(Qualified(name, work), ContenderKind::kLimit, settings),
        load_(load),
        work_(work),
        cache_(cache) {}

  absl::Status Prepare(Round& round) override {
    tally_ = {};
    const std::string batch = MakeBatch(load_);
    // O_DIRECT reads whole blocks: zeros follow the last batch.
    const int64_t size = load_.batches * static_cast<int64_t>(batch.size());
    TM_ASSIGN_OR_RETURN(
        file_, BareFile::Make(absl::StrCat(round.directory, "/bare"), (size + 4095) / 4096 * 4096));
    for (int64_t i = 0; i < load_.batches; ++i) {
      std::memcpy(file_->data() + i * static_cast<int64_t>(batch.size()), batch.data(),
                  batch.size());
    }
    size_ = static_cast<size_t>(size);
    return cache_ == Cache::kCold ? file_->Evict() : absl::OkStatus();
  }

  absl::Status Check(Round& /*round*/) override { return tally_.Check(load_, work_); }
  void Finish() override { file_.reset(); }

 protected:
  absl::Status Take(absl::string_view* bytes) {
    if (TakeBareBatches(bytes, work_, &tally_)) return absl::OkStatus();
    return absl::DataLossError("a batch is damaged");
  }

  const Load load_;
  const ReadWork work_;
  const Cache cache_;
  std::unique_ptr<BareFile> file_;
  size_t size_ = 0;

 private:
  ReadTally tally_;
};

class MappedReadLimit final : public ReadLimit {
 public:
  MappedReadLimit(const Load& load, ReadWork work, Cache cache)
      : ReadLimit("mapped", "a mapping of the whole file, with MADV_SEQUENTIAL where it is cold",
                  load, work, cache) {}

  absl::Status Run(Round& /*round*/) override {
    if (cache_ == Cache::kCold) {
      TM_RETURN_IF_ERROR(CallStatus("advise", madvise(file_->data(), size_, MADV_SEQUENTIAL)));
    }
    for (int pass = 0; pass < load_.passes; ++pass) {
      absl::string_view rest(file_->data(), size_);
      TM_RETURN_IF_ERROR(Take(&rest));
    }
    return absl::OkStatus();
  }
};

struct FreeDeleter {
  void operator()(char* bytes) const { std::free(bytes); }
};

class PreadLimit final : public ReadLimit {
 public:
  PreadLimit(const Load& load, ReadWork work, Cache cache, bool is_direct)
      : ReadLimit(is_direct ? "O_DIRECT" : "pread",
                  is_direct ? "pread of 1 MiB with O_DIRECT, one at a time"
                            : "pread of 1 MiB, with POSIX_FADV_SEQUENTIAL",
                  load, work, cache),
        is_direct_(is_direct),
        buffer_(static_cast<char*>(std::aligned_alloc(4096, 2 * kReadBytes))) {}

  absl::Status Run(Round& /*round*/) override {
    const int descriptor =
        open(file_->path().c_str(), O_RDONLY | O_CLOEXEC | (is_direct_ ? O_DIRECT : 0));
    TM_RETURN_IF_ERROR(CallStatus("open", descriptor));
    if (!is_direct_) posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    absl::Status status;
    for (int pass = 0; pass < load_.passes && status.ok(); ++pass) status = ReadOnce(descriptor);
    close(descriptor);
    return status;
  }

 private:
  // What is left of a batch stands in the buffer's first half, before the bytes that follow.
  absl::Status ReadOnce(int descriptor) {
    absl::string_view rest;
    for (size_t position = 0; position < size_;) {
      char* const place = buffer_.get() + kReadBytes;
      std::memmove(place - rest.size(), rest.data(), rest.size());
      const ssize_t got = pread(descriptor, place, kReadBytes, static_cast<off_t>(position));
      TM_RETURN_IF_ERROR(CallStatus("read", got == 0 ? -1 : got));
      const size_t useful = std::min(static_cast<size_t>(got), size_ - position);
      rest = absl::string_view(place - rest.size(), rest.size() + useful);
      TM_RETURN_IF_ERROR(Take(&rest));
      position += useful;
    }
    return absl::OkStatus();
  }

  const bool is_direct_;
  const std::unique_ptr<char, FreeDeleter> buffer_;
};

}  // namespace

std::unique_ptr<Contender> NewMappedReadLimit(const Load& load, ReadWork work, Cache cache) {
  return std::make_unique<MappedReadLimit>(load, work, cache);
}

std::unique_ptr<Contender> NewPreadLimit(const Load& load, ReadWork work, Cache cache,
                                         bool is_direct) {
  return std::make_unique<PreadLimit>(load, work, cache, is_direct);
}

}  // namespace tidemark
