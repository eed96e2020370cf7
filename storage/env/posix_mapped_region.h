#ifndef TIDEMARK_STORAGE_ENV_POSIX_MAPPED_REGION_H_
#define TIDEMARK_STORAGE_ENV_POSIX_MAPPED_REGION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/env.h"
#include "storage/env/posix_descriptor.h"

namespace tidemark {

// A shared mapping of a file from its first byte. Owns address space but no descriptor: the mapping
// alone keeps the file's bytes alive.
class PosixMappedRegion : public MappedRegion {
 public:
  // `path` only serves messages. `syncable`: the descriptor was opened for writing.
  static absl::StatusOr<std::shared_ptr<MappedRegion>> Map(
      const std::shared_ptr<PosixDescriptor>& descriptor, absl::string_view path, MapMode mode,
      bool syncable, int64_t size_bytes);

  PosixMappedRegion(const PosixMappedRegion&) = delete;
  PosixMappedRegion& operator=(const PosixMappedRegion&) = delete;
  ~PosixMappedRegion() override;

  char* data() const override { return data_; }
  int64_t size_bytes() const override { return size_bytes_; }
  absl::Status Populate(int64_t position, int64_t length_bytes) override;
  absl::Status PopulateForReading(int64_t position, int64_t length_bytes) override;
  absl::Status Sync(int64_t position, int64_t length_bytes) override;

 private:
  PosixMappedRegion(const std::shared_ptr<PosixDescriptor>& descriptor, absl::string_view path,
                    MapMode mode, bool syncable, char* data, int64_t size_bytes);

  absl::Status CheckInside(absl::string_view operation, int64_t position,
                           int64_t length_bytes) const;
  absl::Status PopulateFor(MapMode mode, int64_t position, int64_t length_bytes);
  absl::Status ExplainFault(int64_t position, int64_t length_bytes) const;

  // Only to tell why the kernel could not populate; the File may have closed it.
  const std::weak_ptr<PosixDescriptor> descriptor_;
  const std::string path_;
  const MapMode mode_;
  const bool syncable_;
  char* const data_;
  const int64_t size_bytes_;
};

// True if the kernel can populate mappings (MADV_POPULATE_READ and _WRITE: Linux 5.14). Without it
// a touch of mapped memory may raise SIGBUS in the embedder's process, so nothing is mapped.
bool KernelCanPopulate();

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_ENV_POSIX_MAPPED_REGION_H_
