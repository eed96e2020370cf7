#include "tests/histories/run.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/status_macros.h"
#include "tests/histories/steps.h"

namespace tidemark {
namespace {

absl::Status DoOne(World* world, const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::kAppend:
      return DoAppend(world, operation);
    case OperationKind::kProduce:
      return DoProduce(world, operation);
    case OperationKind::kMarker:
      return DoMarker(world, operation);
    case OperationKind::kFollow:
      return DoFollow(world, operation);
    case OperationKind::kRead:
      return DoRead(world, operation);
    case OperationKind::kFind:
      return DoFind(world, operation);
    default:
      return DoOther(world, operation);
  }
}

absl::Status CheckEnd(World* world) {
  for (int64_t i = 0; i < world->partition_count(); ++i) {
    TM_RETURN_IF_ERROR(world->CheckAll(&world->partition(i)));
  }
  // Whatever has happened, it opens, and again after a stop.
  TM_RETURN_IF_ERROR(world->Crash(0, 0, false));
  TM_RETURN_IF_ERROR(world->Reopen(false));
  for (int64_t i = 0; i < world->partition_count(); ++i) {
    TM_RETURN_IF_ERROR(world->CheckAll(&world->partition(i)));
  }
  return absl::OkStatus();
}

absl::Status At(const absl::Status& status, size_t index, const std::string& what) {
  return absl::InternalError(
      absl::StrCat(status.message(), " [operation ", index + 1, ": ", what, "]"));
}

}  // namespace

absl::Status RunHistory(const History& history, World::Tamper tamper) {
  World world(history, std::move(tamper));
  absl::Status status = world.Begin();
  if (!status.ok()) return status;
  for (size_t i = 0; i < history.operations.size(); ++i) {
    status = DoOne(&world, history.operations[i]);
    if (status.ok()) status = world.CrashIfDied();
    if (!status.ok()) return At(status, i, ToText(history.operations[i]));
  }
  status = CheckEnd(&world);
  if (!status.ok()) return At(status, history.operations.size(), "the end");
  return absl::OkStatus();
}

std::string KindOfFailure(const absl::Status& status) {
  return std::string(status.message().substr(0, status.message().find(':')));
}

}  // namespace tidemark
