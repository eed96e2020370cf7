#include "tests/crash/enumerator/recorder.h"

#include <utility>

namespace tidemark {

Recorder::Recorder(MemoryFileSystem* file_system, Look look, FileFaultHook faults)
    : file_system_(file_system), look_(std::move(look)), faults_(std::move(faults)) {
  file_system_->SetFaultHook([this](const FileOperation& operation) {
    FileFault fault = faults_ == nullptr ? FileFault() : faults_(operation);
    if (operation.change_ordinal == 0) return fault;
    Mark();
    fault.after = [this] { Mark(); };
    return fault;
  });
}

Recorder::~Recorder() { file_system_->SetFaultHook(nullptr); }

void Recorder::Mark() {
  CrashPoint point = look_(file_system_->Snapshot());
  const uint64_t digest = point.files.Digest();
  if (!points_.empty() && digest == last_digest_ &&
      point.expectation == points_.back().expectation && point.notes == points_.back().notes) {
    return;
  }
  last_digest_ = digest;
  points_.push_back(std::move(point));
}

}  // namespace tidemark
