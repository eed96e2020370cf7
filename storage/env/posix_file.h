#ifndef TIDEMARK_STORAGE_ENV_POSIX_FILE_H_
#define TIDEMARK_STORAGE_ENV_POSIX_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/env.h"
#include "storage/env/posix_descriptor.h"

namespace tidemark {

class PosixFile : public File {
 public:
  // `mappable`: see KernelCanPopulate.
  PosixFile(std::shared_ptr<PosixDescriptor> descriptor, absl::string_view path, bool writable,
            bool mappable);

  absl::StatusOr<int64_t> Read(int64_t position, absl::Span<char> out) override;
  absl::Status Write(int64_t position, absl::string_view bytes) override;
  absl::StatusOr<int64_t> Size() override;
  absl::Status Truncate(int64_t size_bytes) override;
  absl::Status Allocate(int64_t size_bytes) override;
  absl::Status Sync() override;
  absl::Status WriteDurably(int64_t position, absl::Span<const absl::string_view> parts) override;
  absl::StatusOr<std::shared_ptr<MappedRegion>> Map(MapMode mode, int64_t size_bytes) override;
  absl::StatusOr<int64_t> SendTo(int socket_descriptor, int64_t position,
                                 int64_t length_bytes) override;

 private:
  absl::Status CheckWritable(absl::string_view operation) const;

  const std::shared_ptr<PosixDescriptor> descriptor_;
  const std::string path_;
  const bool writable_;
  const bool mappable_;
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_POSIX_FILE_H_
