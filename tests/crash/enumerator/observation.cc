#include "tests/crash/enumerator/observation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/record_batch.h"

namespace tidemark {
namespace {

std::string NameOf(const TopicPartition& name) {
  return absl::StrCat(name.topic, "-", name.partition.value());
}

std::string Text(const ObservedLog& log) {
  if (!log.error.ok()) return log.error.ToString();
  return absl::StrCat("[", log.offsets.log_start.value(), ", ", log.offsets.log_end.value(),
                      "), stable below ", log.offsets.last_stable.value(), ", ", log.batches.size(),
                      " bytes, ", log.producers.size(), " producers, ", log.aborted.size(),
                      " aborted, epoch ",
                      log.latest_epoch.has_value() ? log.latest_epoch->value() : -1);
}

bool IsCommit(const RecordBatchView& marker) {
  absl::StatusOr<RecordReader> reader = RecordReader::Open(marker);
  RecordView record;
  if (!reader.ok() || !reader->Next(&record).value_or(false) || !record.key.has_value()) {
    return false;
  }
  return record.key->size() >= 4 && (*record.key)[3] == 1;
}

// What the side state should be, from the batches alone.
struct Derived {
  std::map<ProducerId, ProducerSummary> producers;
  std::vector<AbortedTransaction> aborted;
  std::vector<std::pair<LeaderEpoch, Offset>> epochs;
  std::string error;

  explicit Derived(absl::string_view rest) {
    while (!rest.empty()) {
      const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(rest);
      if (!batch.ok()) {
        error = batch.status().ToString();
        return;
      }
      Add(*batch);
      rest.remove_prefix(batch->bytes().size());
    }
  }

  void Add(const RecordBatchView& batch) {
    if (epochs.empty() || epochs.back().first < batch.leader_epoch()) {
      epochs.emplace_back(batch.leader_epoch(), batch.base_offset());
    }
    if (batch.producer_id() == kNoProducerId) return;
    ProducerSummary& producer = producers[batch.producer_id()];
    producer.producer_id = batch.producer_id();
    producer.producer_epoch = batch.producer_epoch();
    absl::optional<Offset>& open = producer.open_transaction_first_offset;
    if (batch.is_control()) {
      if (open.has_value() && !IsCommit(batch)) aborted.push_back({batch.producer_id(), *open});
      open.reset();
    } else if (batch.is_transactional() && !open.has_value()) {
      open = batch.base_offset();
    }
  }

  Offset LastStable(Offset log_end) const {
    Offset last_stable = log_end;
    for (const auto& [id, producer] : producers) {
      last_stable = std::min(last_stable, producer.open_transaction_first_offset.value_or(log_end));
    }
    return last_stable;
  }
};

void CheckEpochs(const std::string& name, const Derived& derived, const ObservedLog& observed,
                 std::vector<std::string>* violations) {
  for (size_t i = 0; i < derived.epochs.size(); ++i) {
    const auto& [epoch, start] = derived.epochs[i];
    if (epoch.value() < 0) continue;
    const bool is_last = i + 1 == derived.epochs.size();
    const Offset end_max = is_last ? observed.offsets.log_end : derived.epochs[i + 1].second;
    const auto index = static_cast<size_t>(epoch.value());
    if (index >= observed.epoch_ends.size() || observed.epoch_ends[index] <= start ||
        observed.epoch_ends[index] > end_max) {
      violations->push_back(absl::StrCat(
          name, ": epoch ", epoch.value(), " begins at ", start.value(), " and ends by ",
          end_max.value(), ", but is said to end at ",
          index < observed.epoch_ends.size() ? observed.epoch_ends[index].value() : -1));
    }
  }
}

// Of a transaction that began below the log start, what is left to be read. Where nothing is, it is
// all the same whether readers are still told of it, and a recovery does not know of it.
std::vector<AbortedTransaction> AsReadersSeeThem(const ObservedLog& observed) {
  const Derived derived(observed.batches);
  std::vector<AbortedTransaction> seen;
  for (AbortedTransaction one : observed.aborted) {
    if (one.first_offset < observed.offsets.log_start) {
      const auto left = std::find_if(
          derived.aborted.begin(), derived.aborted.end(),
          [&one](const AbortedTransaction& other) { return other.producer_id == one.producer_id; });
      if (left == derived.aborted.end()) continue;
      one = *left;
    }
    if (std::find(seen.begin(), seen.end(), one) == seen.end()) seen.push_back(one);
  }
  return seen;
}

}  // namespace

ObservedLog ObserveLog(ReplicaLog* log) {
  ObservedLog observed;
  observed.offsets = log->offsets();
  ReadOptions options;
  std::string bytes;
  for (Offset next = observed.offsets.log_start; next < observed.offsets.log_end;) {
    const absl::StatusOr<ReadInfo> info = log->Read(next, options, &bytes);
    observed.error = info.status();
    if (info.ok() && info->next_offset <= next) observed.error = absl::InternalError("no progress");
    if (!observed.error.ok()) return observed;
    next = info->next_offset;
    observed.batches += bytes;
  }
  observed.latest_epoch = log->latest_leader_epoch();
  for (int32_t epoch = 0; epoch <= observed.latest_epoch.value_or(kNoLeaderEpoch).value();
       ++epoch) {
    const absl::optional<EpochEndOffset> end = log->EndOffsetForEpoch(LeaderEpoch(epoch));
    observed.epoch_ends.push_back(end.has_value() ? end->end_offset : Offset(-1));
  }
  observed.producers = log->Producers();
  if (observed.producers.empty()) return observed;
  options.isolation = IsolationLevel::kReadCommitted;
  for (Offset next = observed.offsets.log_start; next < observed.offsets.last_stable;) {
    const absl::StatusOr<ReadInfo> info = log->Read(next, options, &bytes);
    observed.error = info.status();
    if (!info.ok() || info->next_offset <= next) return observed;
    next = info->next_offset;
    observed.aborted.insert(observed.aborted.end(), info->aborted_transactions.begin(),
                            info->aborted_transactions.end());
  }
  observed.aborted = AsReadersSeeThem(observed);
  return observed;
}

void CheckSideState(const TopicPartition& partition, const ObservedLog& observed, bool is_whole,
                    std::vector<std::string>* violations) {
  const std::string name = NameOf(partition);
  const LogOffsets& offsets = observed.offsets;
  if (offsets.log_start > offsets.last_stable || offsets.last_stable > offsets.high_watermark ||
      offsets.high_watermark > offsets.log_end || offsets.flushed > offsets.log_end ||
      offsets.flushed < offsets.log_start) {
    violations->push_back(absl::StrCat(name, ": its offsets are not in order: ", Text(observed)));
  }
  const Derived derived(observed.batches);
  if (!derived.error.empty()) {
    violations->push_back(absl::StrCat(name, ": ", derived.error));
    return;
  }
  CheckEpochs(name, derived, observed, violations);
  if (!is_whole) return;
  std::vector<ProducerSummary> producers;
  for (const auto& [id, producer] : derived.producers) producers.push_back(producer);
  if (producers != observed.producers) {
    violations->push_back(absl::StrCat(name, ": ", observed.producers.size(),
                                       " producers are not as the log says: ", producers.size()));
  }
  if (derived.LastStable(offsets.log_end) != offsets.last_stable) {
    violations->push_back(absl::StrCat(name, ": the last stable offset is ",
                                       offsets.last_stable.value(), ", by the log ",
                                       derived.LastStable(offsets.log_end).value()));
  }
  for (const AbortedTransaction& one : derived.aborted) {
    if (one.first_offset >= offsets.last_stable) continue;
    if (std::find(observed.aborted.begin(), observed.aborted.end(), one) ==
        observed.aborted.end()) {
      violations->push_back(absl::StrCat(name, ": nobody is told of the aborted transaction at ",
                                         one.first_offset.value()));
    }
  }
  if (observed.aborted.size() > derived.aborted.size()) {
    violations->push_back(absl::StrCat(name, ": transactions are said to be aborted that are not"));
  }
}

void CheckIndexes(const TopicPartition& partition, const ObservedLog& observed, LogReader* log,
                  std::vector<std::string>* violations) {
  if (observed.offsets.log_start == observed.offsets.log_end) return;
  const Offset middle =
      observed.offsets.log_start + (observed.offsets.log_end - observed.offsets.log_start) / 2;
  ReadOptions options;
  options.bytes_max = 1;
  std::string bytes;
  const absl::StatusOr<ReadInfo> info = log->Read(middle, options, &bytes);
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  if (!info.ok() || !batch.ok() || observed.batches.find(bytes) == std::string::npos) {
    violations->push_back(absl::StrCat(NameOf(partition), ": reading from ", middle.value(), ": ",
                                       info.status().ToString()));
    return;
  }
  // In these logs timestamps rise with the offsets.
  const absl::StatusOr<absl::optional<TimestampedOffset>> found =
      log->FindByTimestamp(batch->max_timestamp());
  if (!found.ok() || !found->has_value() || (*found)->timestamp < batch->max_timestamp() ||
      (*found)->offset > batch->last_offset()) {
    violations->push_back(absl::StrCat(NameOf(partition), ": looking for timestamp ",
                                       batch->max_timestamp().value(), " does not lead to offset ",
                                       batch->last_offset().value()));
  }
}

void CompareObservations(const Observation& first, const Observation& second,
                         const std::string& context, std::vector<std::string>* violations) {
  if (first.topics != second.topics || first.engine_config != second.engine_config) {
    violations->push_back(absl::StrCat(context, ": topics or settings differ"));
  }
  if (first.transactions != second.transactions) {
    violations->push_back(absl::StrCat(context, ": other transactions are seen"));
  }
  if (first.logs.size() != second.logs.size()) {
    violations->push_back(absl::StrCat(context, ": there are other partitions"));
    return;
  }
  for (const auto& [name, log] : first.logs) {
    const auto found = second.logs.find(name);
    if (found == second.logs.end()) {
      violations->push_back(absl::StrCat(context, ": there are other partitions"));
      return;
    }
    const ObservedLog& other = found->second;
    if (log.error == other.error && log.offsets.log_start == other.offsets.log_start &&
        log.offsets.log_end == other.offsets.log_end &&
        log.offsets.last_stable == other.offsets.last_stable && log.batches == other.batches &&
        log.latest_epoch == other.latest_epoch && log.epoch_ends == other.epoch_ends &&
        log.producers == other.producers && log.aborted == other.aborted) {
      continue;
    }
    violations->push_back(
        absl::StrCat(context, ": ", NameOf(name), " was ", Text(log), ", and is ", Text(other)));
  }
}

}  // namespace tidemark
