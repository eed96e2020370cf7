#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/crash/enumerator/workload.h"

namespace tidemark {
namespace {

constexpr absl::string_view kLogPrefix = "log:";
constexpr absl::string_view kEnginePrefix = "engine:";

struct Letter {
  char name;
  void (*call)(Stage* stage);
};

constexpr Letter kLogLetters[] = {
    {'A', [](Stage* stage) { stage->Append({.epoch = LeaderEpoch(9)}); }},
    // Does not fit beside another one into a segment, and has several sectors.
    {'B', [](Stage* stage) { stage->Append({.value_bytes = 1100, .epoch = LeaderEpoch(9)}); }},
    {'S', [](Stage* stage) { stage->Sync(); }},
    {'C', [](Stage* stage) { stage->Checkpoint(); }},
    {'R', [](Stage* stage) { stage->RunTasks(); }},
    {'T', [](Stage* stage) { stage->Truncate(2); }},
    {'N', [](Stage* stage) { stage->Restart(2); }},
    {'D', [](Stage* stage) { stage->DeleteRecords(1); }},
    {'E', [](Stage* stage) { stage->AssignEpoch(LeaderEpoch(9)); }},
    {'F',
     [](Stage* stage) {
       stage->Append({.records = 2, .epoch = LeaderEpoch(9), .as_follower = true});
     }},
    {'P', [](Stage* stage) { stage->Append({.producer = 1, .epoch = LeaderEpoch(9)}); }},
    {'X',
     [](Stage* stage) {
       stage->Append({.producer = 2, .is_transactional = true, .epoch = LeaderEpoch(9)});
     }},
    {'Y', [](Stage* stage) { stage->EndTransaction(2, false); }},
    {'O',
     [](Stage* stage) {
       stage->Close();
       stage->Open();
     }},
};

constexpr Letter kEngineLetters[] = {
    {'A', [](Stage* stage) { stage->Append({.value_bytes = 200}); }},
    {'S', [](Stage* stage) { stage->Sync(); }},
    {'C', [](Stage* stage) { stage->Checkpoint(); }},
    {'R', [](Stage* stage) { stage->RunTasks(); }},
    {'N', [](Stage* stage) { stage->CreateTopic("n", 1, {}); }},
    {'D', [](Stage* stage) { stage->DeleteTopic("t"); }},
    {'M', [](Stage* stage) { stage->CreateTopic("t", 1, {}); }},
    {'P', [](Stage* stage) { stage->AddPartitions("t", 2); }},
    {'K',
     [](Stage* stage) {
       stage->AlterTopic("t", {{"retention.bytes", "900"}});
     }},
    {'G', [](Stage* stage) { stage->Retain("t"); }},
    {'L', [](Stage* stage) { stage->DeleteRecords(1); }},
    {'T', [](Stage* stage) { stage->Truncate(1); }},
    {'O',
     [](Stage* stage) {
       stage->Close();
       stage->Open();
     }},
};

template <size_t kCount>
std::string Alphabet(const Letter (&letters)[kCount]) {
  std::string names;
  for (const Letter& letter : letters) names += letter.name;
  return names;
}

template <size_t kCount>
void Play(const Letter (&letters)[kCount], absl::string_view calls, Stage* stage) {
  for (const char name : calls) {
    for (const Letter& letter : letters) {
      if (letter.name == name) letter.call(stage);
    }
  }
}

Workload ShortLogWorkload(absl::string_view calls) {
  LogConfig config;
  config.segment_bytes_max = 1400;
  config.index_interval_bytes = 100;
  const std::string letters(calls);
  return {absl::StrCat(kLogPrefix, letters), LogMachines(config), [letters](Stage* stage) {
            stage->Open();
            stage->Append({.value_bytes = 400});
            stage->Sync();
            stage->Append();
            stage->Append({.value_bytes = 500});
            stage->BeginRecording();
            Play(kLogLetters, letters, stage);
          }};
}

Workload ShortEngineWorkload(absl::string_view calls) {
  const std::string letters(calls);
  return {absl::StrCat(kEnginePrefix, letters), EngineMachines({}), [letters](Stage* stage) {
            stage->Open();
            stage->CreateTopic("t", 1, {{"segment.bytes", "700"}});
            stage->Append({.value_bytes = 200});
            stage->Sync();
            stage->Append({.value_bytes = 200});
            stage->BeginRecording();
            Play(kEngineLetters, letters, stage);
          }};
}

// All sequences of one to `length` letters.
std::vector<std::string> Sequences(const std::string& alphabet, size_t length) {
  std::vector<std::string> sequences = {""};
  for (size_t i = 0; i < sequences.size(); ++i) {
    if (sequences[i].size() == length) continue;
    for (const char letter : alphabet) sequences.push_back(sequences[i] + letter);
  }
  sequences.erase(sequences.begin());
  return sequences;
}

}  // namespace

std::vector<Workload> ShortWorkloads(Random* random) {
  std::vector<Workload> workloads;
  for (const std::string& calls : Sequences(Alphabet(kLogLetters), 3)) {
    workloads.push_back(ShortLogWorkload(calls));
  }
  for (const std::string& calls : Sequences(Alphabet(kEngineLetters), 3)) {
    workloads.push_back(ShortEngineWorkload(calls));
  }
  for (size_t i = workloads.size(); i > 1; --i) {
    std::swap(workloads[i - 1], workloads[random->Next() % i]);
  }
  return workloads;
}

Workload LongerWorkload(Random* random) {
  const bool is_engine = random->Next() % 4 == 0;
  const std::string alphabet = is_engine ? Alphabet(kEngineLetters) : Alphabet(kLogLetters);
  const uint64_t length = 4 + random->Next() % 3;
  std::string calls;
  while (calls.size() < length) calls += alphabet[random->Next() % alphabet.size()];
  return is_engine ? ShortEngineWorkload(calls) : ShortLogWorkload(calls);
}

std::vector<Workload> ScriptedWorkloads() {
  std::vector<Workload> workloads = LogWorkloads();
  for (Workload& workload : EngineWorkloads()) workloads.push_back(std::move(workload));
  for (Workload& workload : ApiWorkloads()) workloads.push_back(std::move(workload));
  return workloads;
}

absl::optional<Workload> FindWorkload(absl::string_view name) {
  if (absl::StartsWith(name, kLogPrefix)) return ShortLogWorkload(name.substr(kLogPrefix.size()));
  if (absl::StartsWith(name, kEnginePrefix)) {
    return ShortEngineWorkload(name.substr(kEnginePrefix.size()));
  }
  for (Workload& workload : ScriptedWorkloads()) {
    if (workload.name == name) return std::move(workload);
  }
  return absl::nullopt;
}

}  // namespace tidemark
