#include "tests/crash/enumerator/workload.h"

namespace tidemark {
namespace {

void PlayTransactions(Stage* stage) {
  stage->Open();
  stage->BeginRecording();
  for (int64_t number = 1; number <= 3; ++number) {
    stage->WriteTransaction(number);
    stage->FinishTransaction(number != 2);
  }
  stage->Close();
  stage->Open();
  stage->WriteTransaction(4);
  stage->FinishTransaction(true);
}

// The next producer of the id aborts what the one before has left open.
void PlayLeftOpen(Stage* stage) {
  stage->Open();
  stage->WriteTransaction(1);
  stage->FinishTransaction(true);
  stage->WriteTransaction(2);
  stage->Close();
  stage->BeginRecording();
  stage->Open();
  stage->WriteTransaction(3);
  stage->FinishTransaction(true);
}

}  // namespace

std::vector<Workload> ApiWorkloads() {
  return {
      {"api-transactions", TideMachines(), PlayTransactions},
      {"api-left-open", TideMachines(), PlayLeftOpen},
  };
}

}  // namespace tidemark
