#include "bench/append_limits.h"

#include <unistd.h>

#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bench/bare_file.h"
#include "bench/batches.h"
#include "bench/threads.h"
#include "storage/base/status_macros.h"
#include "storage/format/crc32c.h"

namespace tidemark {
namespace {

// Every place of the file has the batch.
absl::Status CheckPlaces(const BareFile& file, absl::string_view batch, int64_t batches) {
  const auto size = static_cast<int64_t>(batch.size());
  for (int64_t i = 0; i < batches; ++i) {
    if (absl::string_view(file.data() + i * size, batch.size()) == batch) continue;
    return absl::DataLossError(absl::StrCat("batch ", i, " is not what was written"));
  }
  return absl::OkStatus();
}

class MappedCopyLimit final : public Contender {
 public:
  MappedCopyLimit(const Load& load, Pages pages, bool with_latencies)
      : Contender(pages == Pages::kNew ? kNewPagesLimit : kRecycledPagesLimit,
                  ContenderKind::kLimit,
                  pages == Pages::kNew
                      ? "CRC-32C and memcpy of finished batches into a mapped, allocated file that "
                        "another thread populates 16 MiB ahead"
                      : "CRC-32C and memcpy of finished batches into a mapped file whose pages are "
                        "in memory and writable already"),
        load_(load),
        pages_(pages),
        with_latencies_(with_latencies) {}

  absl::Status Prepare(Round& round) override {
    batch_ = MakeBatch(load_);
    TM_ASSIGN_OR_RETURN(std::unique_ptr<BareFile> file,
                        BareFile::Make(absl::StrCat(round.directory, "/bare"),
                                       load_.batches * static_cast<int64_t>(batch_.size())));
    if (pages_ == Pages::kRecycled) TM_RETURN_IF_ERROR(file->Populate(0, file->size_bytes()));
    file_ = std::make_unique<FilePreparedAhead>(std::move(file));
    return absl::OkStatus();
  }

  absl::Status Run(Round& round) override {
    for (int64_t i = 0; i < load_.batches; ++i) {
      const int64_t begin = with_latencies_ ? NowNanoseconds() : 0;
      char* const place = file_->Next(static_cast<int64_t>(batch_.size()));
      if (place == nullptr) return absl::UnavailableError("cannot populate the file");
      crcs_ ^= Crc32c(batch_);
      std::memcpy(place, batch_.data(), batch_.size());
      if (with_latencies_) round.latencies.Add(NowNanoseconds() - begin);
    }
    return absl::OkStatus();
  }

  absl::Status Check(Round& /*round*/) override {
    return CheckPlaces(file_->file(), batch_, load_.batches);
  }

  void Finish() override { file_.reset(); }

 private:
  const Load load_;
  const Pages pages_;
  const bool with_latencies_;
  std::string batch_;
  std::unique_ptr<FilePreparedAhead> file_;
  uint32_t crcs_ = 0;  // So that the sums are used.
};

class PwriteLimit final : public Contender {
 public:
  explicit PwriteLimit(const Load& load)
      : Contender("pwrite", ContenderKind::kLimit,
                  "one pwrite for each finished batch into a new, allocated file; no CRC"),
        load_(load) {}

  absl::Status Prepare(Round& round) override {
    batch_ = MakeBatch(load_);
    TM_ASSIGN_OR_RETURN(file_, BareFile::Make(absl::StrCat(round.directory, "/bare"),
                                              load_.batches * static_cast<int64_t>(batch_.size())));
    return absl::OkStatus();
  }

  absl::Status Run(Round& /*round*/) override {
    int64_t position = 0;
    for (int64_t i = 0; i < load_.batches; ++i) {
      const ssize_t written = pwrite(file_->descriptor(), batch_.data(), batch_.size(), position);
      if (written != static_cast<ssize_t>(batch_.size())) return CallStatus("write", -1);
      position += written;
    }
    return absl::OkStatus();
  }

  absl::Status Check(Round& /*round*/) override {
    return CheckPlaces(*file_, batch_, load_.batches);
  }

  void Finish() override { file_.reset(); }

 private:
  const Load load_;
  std::string batch_;
  std::unique_ptr<BareFile> file_;
};

}  // namespace

std::unique_ptr<Contender> NewMappedCopyLimit(const Load& load, Pages pages, bool with_latencies) {
  return std::make_unique<MappedCopyLimit>(load, pages, with_latencies);
}

std::unique_ptr<Contender> NewPwriteLimit(const Load& load) {
  return std::make_unique<PwriteLimit>(load);
}

}  // namespace tidemark
