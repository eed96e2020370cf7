#ifndef TIDEMARK_STORAGE_INSPECT_VERIFY_CONTEXT_H_
#define TIDEMARK_STORAGE_INSPECT_VERIFY_CONTEXT_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/types/optional.h"
#include "storage/env.h"
#include "storage/inspect.h"
#include "storage/inspect/finding_list.h"
#include "storage/inspect/partition_files.h"
#include "storage/inspect/segment_survey.h"
#include "storage/types.h"

namespace tidemark {

// What the checks of one partition have in common.
struct VerifyContext {
  FileSystem* file_system = nullptr;
  PartitionPlace place;
  bool are_gaps_allowed = true;
  Offset recovery_point{0};  // Everything below was on stable storage.
  Offset log_start{0};
  int64_t decompressed_bytes_max = RecordReader::kDecompressedBytesMaxDefault;

  // Results.
  FindingList* findings = nullptr;
  VerifyTotals* totals = nullptr;

  // Called with the number of bytes that have been read.
  absl::FunctionRef<void(int64_t)> on_bytes;

  // Whether nothing below `end` is a writer's or a recovery's to change: it is on stable storage,
  // with its side files complete.
  bool IsSettled(Offset end) const {
    return end <= recovery_point || IsClosedCleanly(file_system, place.data_directory);
  }

  void AddDamage(FindingPlace at, std::string message) const {
    findings->AddDamage(std::move(at), std::move(message));
  }
  // Damage in what is settled; elsewhere a note, since opening the directory puts it right.
  void AddUnlessUnsettled(Offset end, FindingPlace at, std::string message) const {
    findings->Add(IsSettled(end) ? Severity::kDamage : Severity::kNote, std::move(at),
                  std::move(message));
  }
};

}  // namespace tidemark

#endif  // TIDEMARK_STORAGE_INSPECT_VERIFY_CONTEXT_H_
