#include "bench/store_contenders.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/bare_file.h"
#include "bench/batches.h"
#include "bench/threads.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr int64_t kRecordsInOneAppend = 1000;

// DATA_LOSS unless the store has just the records of the load, each once and with its value.
absl::Status CheckStore(const Load& load, const BatchValues& values, Store* store) {
  int64_t count = 0;
  int64_t wrong = 0;
  TM_RETURN_IF_ERROR(store->ReadAll([&](int64_t number, absl::string_view value) {
    if (number != count || value != values.ValueOf(number)) ++wrong;
    ++count;
  }));
  TM_RETURN_IF_ERROR(RequireCount("records that are not what was written", wrong, 0));
  return RequireCount("records", count, load.records());
}

class StoreAppend final : public Contender {
 public:
  StoreAppend(const Load& load, const StoreKind& kind, Durability durability, bool with_latencies)
      : Contender(
            kind.name, ContenderKind::kPeer,
            durability == Durability::kDurable ? kind.durable_settings : kind.buffered_settings),
        load_(load),
        open_(kind.open),
        durability_(durability),
        with_latencies_(with_latencies),
        values_(load) {}

  absl::Status Prepare(Round& round) override {
    TM_ASSIGN_OR_RETURN(store_, open_(round.directory, durability_));
    return absl::OkStatus();
  }

  absl::Status Run(Round& round) override {
    std::vector<Latencies> latencies(static_cast<size_t>(load_.threads));
    const absl::Status status = RunThreads(load_.threads, [&](int thread) -> absl::Status {
      for (int64_t i = thread; i < load_.batches; i += load_.threads) {
        const int64_t begin = with_latencies_ ? NowNanoseconds() : 0;
        TM_RETURN_IF_ERROR(store_->Append(i * load_.records_per_batch, values_.values()));
        if (with_latencies_) latencies[static_cast<size_t>(thread)].Add(NowNanoseconds() - begin);
      }
      return absl::OkStatus();
    });
    for (const Latencies& mine : latencies) round.latencies.Merge(mine);
    return status;
  }

  absl::Status Check(Round& /*round*/) override {
    TM_RETURN_IF_ERROR(store_->Settle());
    return CheckStore(load_, values_, store_.get());
  }

  void Finish() override { store_.reset(); }

 private:
  const Load load_;
  const decltype(StoreKind::open) open_;
  const Durability durability_;
  const bool with_latencies_;
  const BatchValues values_;
  std::unique_ptr<Store> store_;
};

// A store that has the load's records already.
class FilledStore {
 public:
  FilledStore(const Load& load, const StoreKind& kind) : load_(load), open_(kind.open) {}

  absl::Status Fill(const std::string& directory, const BatchValues& values) {
    TM_ASSIGN_OR_RETURN(store_, open_(directory, Durability::kBuffered));
    std::vector<absl::string_view> some;
    for (int64_t first = 0; first < load_.records(); first += static_cast<int64_t>(some.size())) {
      some.clear();
      const int64_t end = std::min(first + kRecordsInOneAppend, load_.records());
      for (int64_t number = first; number < end; ++number) some.push_back(values.ValueOf(number));
      TM_RETURN_IF_ERROR(store_->Append(first, some));
    }
    return store_->Settle();
  }

  absl::Status Evict(const std::string& directory) {
    store_.reset();
    TM_RETURN_IF_ERROR(EvictDirectory(directory));
    TM_ASSIGN_OR_RETURN(store_, open_(directory, Durability::kBuffered));
    return absl::OkStatus();
  }

  Store& store() { return *store_; }
  void Close() { store_.reset(); }

 private:
  const Load load_;
  const decltype(StoreKind::open) open_;
  std::unique_ptr<Store> store_;
};

class StoreScan final : public Contender {
 public:
  StoreScan(const Load& load, const StoreKind& kind, Cache cache)
      : Contender(kind.name, ContenderKind::kPeer, kind.buffered_settings),
        load_(load),
        cache_(cache),
        values_(load),
        filled_(load, kind) {}

  absl::Status Prepare(Round& round) override {
    records_ = 0;
    value_bytes_ = 0;
    TM_RETURN_IF_ERROR(filled_.Fill(round.directory, values_));
    return cache_ == Cache::kCold ? filled_.Evict(round.directory) : absl::OkStatus();
  }

  absl::Status Run(Round& /*round*/) override {
    for (int pass = 0; pass < load_.passes; ++pass) {
      TM_RETURN_IF_ERROR(filled_.store().ReadAll([&](int64_t /*number*/, absl::string_view value) {
        ++records_;
        value_bytes_ += static_cast<int64_t>(value.size());
      }));
    }
    return absl::OkStatus();
  }

  absl::Status Check(Round& /*round*/) override {
    TM_RETURN_IF_ERROR(RequireCount("records", records_, load_.records() * load_.passes));
    TM_RETURN_IF_ERROR(RequireCount("bytes", value_bytes_, load_.value_bytes() * load_.passes));
    return CheckStore(load_, values_, &filled_.store());
  }

  void Finish() override { filled_.Close(); }

 private:
  const Load load_;
  const Cache cache_;
  const BatchValues values_;
  FilledStore filled_;
  int64_t records_ = 0;
  int64_t value_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Contender> NewStoreAppend(const Load& load, const StoreKind& kind,
                                          Durability durability, bool with_latencies) {
  return std::make_unique<StoreAppend>(load, kind, durability, with_latencies);
}

std::unique_ptr<Contender> NewStoreScan(const Load& load, const StoreKind& kind, Cache cache) {
  return std::make_unique<StoreScan>(load, kind, cache);
}

void AddStoreAppends(Durability durability, bool with_latencies, Row* row) {
  for (const StoreKind& kind : Stores()) {
    Load load = row->load;
    load.batches = std::min(load.batches, kind.appends_max);
    row->entries.push_back(
        {NewStoreAppend(load, kind, durability, with_latencies), "", absl::nullopt, load});
  }
}

void AddStoreScans(Cache cache, Row* row) {
  for (const StoreKind& kind : Stores()) row->Add(NewStoreScan(row->load, kind, cache));
}

}  // namespace tidemark
