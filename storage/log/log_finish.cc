#include "storage/log/log_finish.h"

#include <memory>

#include "storage/base/status_macros.h"
#include "storage/log/producer_files.h"

namespace tidemark {
namespace {

// Unless it is there already.
absl::Status StoreProducers(const FinishInput& input) {
  const Offset log_end = input.writer->log_end();
  const bool is_stored = input.writer->append_count() == 0 && input.loaded_snapshot == log_end;
  if (is_stored || log_end == input.log_start) return absl::OkStatus();
  TM_RETURN_IF_ERROR(ProducerFiles(input.file_system, input.directory)
                         .Store(log_end, input.writer->FormatProducers()));
  input.syncer->NoteNewName();
  return absl::OkStatus();
}

}  // namespace

absl::Status FinishLogFiles(const FinishInput& input) {
  const std::shared_ptr<Segment> last = input.segments->Last();
  TM_RETURN_IF_ERROR(input.writer->active()->Trim());
  TM_ASSIGN_OR_RETURN(const bool stored, input.writer->active()->StoreIndex());
  if (stored || last->transactions() != nullptr) input.syncer->NoteNewName();
  TM_RETURN_IF_ERROR(input.syncer->FinishSealed());
  TM_RETURN_IF_ERROR(StoreProducers(input));
  if (const std::shared_ptr<MappedRegion> region = last->writable_region()) {
    TM_RETURN_IF_ERROR(region->Sync(0, last->size_bytes()));
  }
  return input.syncer->SyncNames();
}

}  // namespace tidemark
