#include "tests/histories/generate.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

using Kind = OperationKind;

struct Setting {
  absl::string_view name;
  absl::string_view values;  // One of these, each as likely.
};

constexpr std::array<Setting, 17> kSettings = {{
    {"cleanup.policy", "delete delete compact compact,delete"},
    {"segment.bytes", "200 500 1000 3000 1000000"},
    {"segment.ms", "10000 600000 604800000"},
    {"segment.index.bytes", "12 100 10485760"},
    {"index.interval.bytes", "0 100 4096"},
    {"retention.bytes", "-1 0 600 2000"},
    {"retention.ms", "-1 1000 60000 604800000"},
    {"file.delete.delay.ms", "0 1000 60000"},
    {"flush.messages", "1 3 9223372036854775807"},
    {"flush.ms", "100 10000 9223372036854775807"},
    {"message.timestamp.type", "CreateTime CreateTime LogAppendTime"},
    {"compression.type", "producer producer uncompressed lz4 zstd"},
    {"delete.retention.ms", "0 1000 86400000"},
    {"min.cleanable.dirty.ratio", "0 0.5"},
    {"min.compaction.lag.ms", "0 0 5000"},
    {"max.compaction.lag.ms", "20000 9223372036854775807"},
    {"max.message.bytes", "400 1048588"},
}};

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  History Run() {
    DrawSwarm();
    History history;
    history.partitions = partitions_;
    if (Chance(2)) history.task_order = Below(1000) + 1;
    for (const Setting& setting : kSettings) {
      if (Chance(3)) history.operations.push_back(Config(setting));
    }
    if (compacts_) history.operations.push_back(Config({"cleanup.policy", "compact"}));
    const int64_t count = 10 + Below(Chance(4) ? 150 : 60);
    for (int64_t i = 0; i < count; ++i) history.operations.push_back(Next());
    return history;
  }

 private:
  int64_t Below(int64_t n) {
    return static_cast<int64_t>(random_.Next() % static_cast<uint64_t>(n));
  }
  bool Chance(int64_t one_in) { return Below(one_in) == 0; }
  template <size_t n>
  int64_t One(const std::array<int64_t, n>& of) {
    return of[static_cast<size_t>(Below(static_cast<int64_t>(n)))];
  }

  void DrawSwarm() {
    partitions_ = Chance(3) ? 1 + Below(3) : 1;
    compacts_ = Chance(3);
    codecs_ = Chance(3);
    ages_ = Chance(2);
    large_ = Chance(4);
    durable_one_in_ = One<4>({1, 2, 5, 1000});
    // How often of each kind, where it is on at all.
    constexpr std::array<int64_t, kOperationKinds> kWeights = {
        30, 20, 8, 8, 10, 4, 8, 5, 1, 3, 4, 4, 4, 4, 3, 4, 3, 6, 6, 6, 5, 2, 4, 3, 6, 6};
    for (size_t i = 0; i < kWeights.size(); ++i) {
      weights_[i] = Chance(3) ? 0 : kWeights[i] * (1 + Below(3));
    }
    if (weights_[Index(Kind::kProduce)] == 0) weights_[Index(Kind::kMarker)] = 0;
    if (weights_[Index(Kind::kAppend)] == 0) weights_[Index(Kind::kFollow)] += 20;
    if (compacts_) weights_[Index(Kind::kCompact)] += 4;
    if (Chance(2)) {
      for (const Kind kind : {Kind::kFault, Kind::kDiskFull}) weights_[Index(kind)] = 0;
    }
    if (Chance(5)) {
      for (const Kind kind : {Kind::kCrash, Kind::kPowerLoss, Kind::kCrashAfter}) {
        weights_[Index(kind)] = 0;
      }
    }
    total_ = 0;
    for (const int64_t weight : weights_) total_ += weight;
  }

  static size_t Index(Kind kind) { return static_cast<size_t>(kind); }

  Operation Config(const Setting& setting) {
    Operation operation;
    operation.kind = Kind::kConfig;
    operation.setting = std::string(setting.name);
    const std::vector<std::string> values = absl::StrSplit(setting.values, ' ');
    operation.value = values[static_cast<size_t>(Below(static_cast<int64_t>(values.size())))];
    return operation;
  }

  Operation Next() {
    int64_t at = Below(total_);
    size_t kind = 0;
    while (at >= weights_[kind]) at -= weights_[kind++];
    Operation operation;
    operation.kind = static_cast<Kind>(kind);
    if (FormOf(operation.kind).arguments[0] == "partition") {
      operation.Set("partition", Below(partitions_));
    }
    switch (operation.kind) {
      case Kind::kAppend:
      case Kind::kProduce:
      case Kind::kMarker:
      case Kind::kFollow:
        return Appending(std::move(operation));
      case Kind::kCrash:
      case Kind::kPowerLoss:
      case Kind::kCrashAfter:
      case Kind::kReopen:
      case Kind::kFault:
      case Kind::kDiskFull:
      case Kind::kWriteBack:
        return Ending(std::move(operation));
      default:
        return Other(std::move(operation));
    }
  }

  Operation Appending(Operation operation) {
    const Kind kind = operation.kind;
    if (kind == Kind::kMarker) {
      operation.Set("producer", 1 + Below(3)).Set("commit", Below(2)).Set("epoch_up", Chance(4));
      operation.Set("coordinator_up", Chance(8) ? Below(3) - 1 : 0);
      return operation.Set("durable", Chance(durable_one_in_));
    }
    operation.Set("records", Chance(3) ? 1 + Below(8) : 1).Set("key", Below(8));
    operation.Set("bytes", large_ && Chance(3) ? Below(1500) : Below(60));
    if (kind == Kind::kFollow) {
      operation.Set("batches", 1 + Below(3)).Set("gap", Chance(5) ? Below(4) : 0);
      return operation.Set("epoch_up", Chance(5));
    }
    operation.Set("durable", Chance(durable_one_in_));
    if (kind == Kind::kAppend) {
      if (codecs_) operation.Set("codec", Below(5));
      if (ages_) operation.Set("age", One<5>({-4'000'000, -1000, 1000, 100'000, 5'000'000}));
      return operation.Set("nulls", Chance(5) ? 1 + Below(3) : 0);
    }
    operation.Set("producer", 1 + Below(3)).Set("back", Chance(4) ? Below(8) - 1 : 0);
    return operation.Set("epoch_up", Chance(12) ? Below(3) - 1 : 0)
        .Set("transactional", operation["producer"] == 1 ? 0 : !Chance(5));
  }

  Operation Ending(Operation operation) {
    switch (operation.kind) {
      case Kind::kCrash:
      case Kind::kReopen:
        return operation.Set("keep_faults", Chance(3));
      case Kind::kPowerLoss:
        return operation.Set("mode", Below(4))
            .Set("seed", Below(1'000'000))
            .Set("keep_faults", Chance(3));
      case Kind::kCrashAfter:
        operation.Set("changes", 1 + (Chance(2) ? Below(6) : Below(40)));
        return operation.Set("mode", Below(5)).Set("seed", Below(1'000'000));
      case Kind::kFault:
        operation.Set("what", Below(10)).Set("after", Chance(2) ? 0 : Below(20));
        operation.Set("times", Chance(3) ? 1 + Below(20) : 1).Set("error", Below(2));
        return operation.Set("written", Chance(3) ? Below(200) : 0).Set("revert", Below(2));
      case Kind::kDiskFull:
        return operation.Set("room", Chance(2) ? 0 : Below(100'000));
      default:
        return operation.Set("seed", Below(1'000'000));
    }
  }

  Operation Other(Operation operation) {
    switch (operation.kind) {
      case Kind::kRead:
        operation.Set("permille", Chance(3) ? 0 : Below(1001)).Set("committed", Below(2));
        return operation.Set("bytes_max", One<4>({1, 300, 2000, 1 << 20})).Set("how", Below(3));
      case Kind::kFind:
        return operation.Set("age", One<6>({-4'000'000, -1000, 0, 500, 50'000, 5'000'000}));
      case Kind::kSync:
        return operation.Set("later", Below(2)).Set("behind", Chance(3) ? Below(10) : 0);
      case Kind::kTruncate:
        return operation.Set("back", Chance(4) ? Below(60) : Below(6));
      case Kind::kStartAt:
        return operation.Set("ahead", Below(40) - 20);
      case Kind::kEpoch:
        return operation.Set("up", Below(3));
      case Kind::kHighWatermark:
        return operation.Set("back", Chance(2) ? 0 : Below(30));
      case Kind::kDelete:
        return operation.Set("permille", Below(1001));
      case Kind::kConfig:
        return Config(kSettings[static_cast<size_t>(Below(kSettings.size()))]);
      case Kind::kTasks:
        return operation.Set("count", 1 + Below(20));
      case Kind::kAdvance:
        return operation.Set("ms", One<5>({100, 1500, 16'000, 61'000, 400'000}));
      default:
        return operation;
    }
  }

  SeededRandom random_;
  int64_t partitions_ = 1;
  bool compacts_ = false;
  bool codecs_ = false;
  bool ages_ = false;
  bool large_ = false;
  int64_t durable_one_in_ = 1;
  std::array<int64_t, kOperationKinds> weights_{};
  int64_t total_ = 0;
};

}  // namespace

History Generate(uint64_t seed) { return Generator(seed).Run(); }

}  // namespace tidemark
