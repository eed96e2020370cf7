#include "bench/limit_files.h"

#include "absl/strings/str_cat.h"
#include "bench/batches.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr int64_t kFillingBytes = int64_t{1} << 20;

}  // namespace

absl::Status LimitFiles::Make(const std::string& directory, int files, int64_t batches,
                              int64_t place_bytes, bool are_written) {
  files_.clear();
  batches_ = batches;
  place_bytes_ = place_bytes;
  const std::string filling = are_written ? Noise(kFillingBytes) : "";
  for (int i = 0; i < files; ++i) {
    TM_ASSIGN_OR_RETURN(std::unique_ptr<BareFile> file,
                        BareFile::Make(absl::StrCat(directory, "/bare", i),
                                       (batches + files - 1) / files * place_bytes));
    if (are_written) TM_RETURN_IF_ERROR(file->WriteWhole(filling));
    files_.push_back(std::move(file));
  }
  return absl::OkStatus();
}

absl::Status LimitFiles::Evict() {
  for (const std::unique_ptr<BareFile>& file : files_) TM_RETURN_IF_ERROR(file->Evict());
  return absl::OkStatus();
}

absl::Status LimitFiles::Check(absl::string_view batch) const {
  for (int64_t i = 0; i < batches_; ++i) {
    if (absl::string_view(FileOf(i).data() + PositionOf(i), batch.size()) == batch) continue;
    return absl::DataLossError(absl::StrCat("batch ", i, " is not what was written"));
  }
  return absl::OkStatus();
}

}  // namespace tidemark
