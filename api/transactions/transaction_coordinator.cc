#include "api/transactions/transaction_coordinator.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "api/transactions/producer_survey.h"
#include "api/transactions/transaction_reconciliation.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/error_code.h"

namespace tidemark {
namespace {

constexpr absl::string_view kDueIntervalSetting =
    "transaction.abort.timed.out.transaction.cleanup.interval.ms";
constexpr absl::string_view kUnusedIntervalSetting =
    "transaction.remove.expired.transaction.cleanup.interval.ms";

absl::Duration MillisecondsOf(const ConfigMap& settings, absl::string_view name) {
  int64_t value = 0;
  TM_CHECK(absl::SimpleAtoi(settings.at(std::string(name)), &value));
  return absl::Milliseconds(value);
}

absl::Status ClosedError() {
  return absl::FailedPreconditionError("the data directory has been closed");
}

ProducerIdentity IdentityOf(const TransactionValue& value) {
  return {value.producer_id, value.producer_epoch};
}

// With the producer of the next transaction, also where this one's outcome is decided.
TransactionValue Completed(const TransactionValue& value) {
  return IsEnding(value) ? CompleteOutcome(value, value.last_update_time) : value;
}

}  // namespace

TransactionCoordinator::TransactionCoordinator(TopicCatalog* catalog, StorageEngine* engine,
                                               std::shared_ptr<OffsetStore> offsets,
                                               const Environment& environment)
    : catalog_(catalog),
      engine_(engine),
      offsets_(std::move(offsets)),
      environment_(environment),
      markers_(catalog, offsets_.get()),
      log_(catalog, engine, environment.clock) {}

// ---------------------------------------------------------------------------- coming and going

void TransactionCoordinator::Open() {
  const ConfigMap settings = engine_->DescribeEngine().effective_config;
  timeout_max_ = MillisecondsOf(settings, "transaction.max.timeout.ms");
  retention_ = MillisecondsOf(settings, "transactional.id.expiration.ms");
  {
    MutexLock lock(&mutex_);
    std::map<std::string, Entry>* const entries = &entries_;
    log_.Load([entries](absl::string_view id, absl::optional<TransactionValue> value) {
      if (value.has_value()) {
        (*entries)[std::string(id)].value = std::move(value);
      } else {
        entries->erase(std::string(id));
      }
    });
    ReconcileWithLogs();
  }
  EndWhatIsDue();
  due_ = std::make_unique<PeriodicTask>(environment_.executor,
                                        MillisecondsOf(settings, kDueIntervalSetting),
                                        [this] { EndWhatIsDue(); });
  unused_ = std::make_unique<PeriodicTask>(environment_.executor,
                                           MillisecondsOf(settings, kUnusedIntervalSetting),
                                           [this] { ForgetUnused(); });
}

void TransactionCoordinator::Close() {
  if (due_ != nullptr) due_->Stop();
  if (unused_ != nullptr) unused_->Stop();
  MutexLock lock(&mutex_);
  is_closed_ = true;
  while (step_count_ > 0) idle_.Wait(&mutex_);
}

bool TransactionCoordinator::EnterStep() {
  MutexLock lock(&mutex_);
  if (is_closed_) return false;
  ++step_count_;
  return true;
}

void TransactionCoordinator::LeaveStep() {
  MutexLock lock(&mutex_);
  if (--step_count_ == 0) idle_.NotifyAll();
}

Timestamp TransactionCoordinator::Now() const {
  return Timestamp(absl::ToUnixMillis(environment_.clock->Now()));
}

// ---------------------------------------------------------------------------- upkeep

void TransactionCoordinator::ReconcileWithLogs() {
  if (entries_.empty()) return;
  std::map<std::string, TransactionValue> values;
  for (const auto& [id, entry] : entries_) values.emplace(id, *entry.value);
  const Reconciliation wanted = Reconcile(values, SurveyProducers(*engine_, *catalog_));
  for (const Reconciliation::Marker& marker : wanted.markers) {
    const absl::StatusOr<LeaderEpoch> epoch = log_.CoordinatorEpoch(marker.transactional_id);
    if (!epoch.ok()) continue;
    TransactionEnd end = marker.end;
    end.coordinator_epoch = epoch->value();
    std::vector<AppendPlace> places;
    // If it cannot be written now, the next opening finds it again.
    markers_.Append({marker.partition}, end, &places).IgnoreError();
  }
  for (const auto& [id, epoch] : wanted.epochs) entries_[id].value->producer_epoch = epoch;
}

void TransactionCoordinator::EndWhatIsDue() {
  std::vector<EndingPointer> decided;
  std::vector<EndingPointer> overdue;
  {
    MutexLock lock(&mutex_);
    for (auto& [id, entry] : entries_) {
      if (!entry.value.has_value() || entry.is_ending || !entry.failure.ok()) continue;
      const bool is_decided = IsEnding(*entry.value);
      if (!is_decided && !IsOverdue(*entry.value, Now())) continue;
      (is_decided ? decided : overdue)
          .push_back(StartEnding(id, &entry, Durability::kDurable,
                                 [](const absl::StatusOr<ProducerIdentity>&) {}));
    }
  }
  for (const EndingPointer& ending : decided) WriteMarkers(ending);
  for (const EndingPointer& ending : overdue) Decide(ending);
}

void TransactionCoordinator::ForgetUnused() {
  MutexLock lock(&mutex_);
  if (is_closed_) return;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const Entry& state = entry->second;
    const bool is_due = state.value.has_value() && !state.is_ending && state.failure.ok() &&
                        IsForgotten(*state.value, Now(), retention_);
    // What cannot be written now is due again the next time.
    const bool is_gone = is_due && log_.Append(entry->first, absl::nullopt).ok();
    entry = is_gone ? entries_.erase(entry) : std::next(entry);
  }
}

// ---------------------------------------------------------------------------- beginning

absl::StatusOr<absl::optional<ProducerId>> TransactionCoordinator::NewIdIf(bool is_needed) {
  if (!is_needed) return absl::optional<ProducerId>();
  TM_ASSIGN_OR_RETURN(const int64_t id, engine_->AllocateProducerId());
  return absl::optional<ProducerId>(ProducerId(id));
}

void TransactionCoordinator::BeginProducer(const std::string& transactional_id,
                                           absl::Duration timeout, Done done) {
  if (timeout < absl::Milliseconds(1) || timeout > timeout_max_) {
    return done(absl::InvalidArgumentError(absl::StrCat(
        "a transaction timeout of ", absl::FormatDuration(timeout), "; from 1ms to ",
        absl::FormatDuration(timeout_max_), " are taken (transaction.max.timeout.ms)")));
  }
  Begin(transactional_id, timeout, /*may_end=*/true, std::move(done));
}

void TransactionCoordinator::Begin(const std::string& transactional_id, absl::Duration timeout,
                                   bool may_end, Done done) {
  Step next;
  {
    MutexLock lock(&mutex_);
    next = PlanBeginning(transactional_id, timeout, may_end, std::move(done));
  }
  next();
}

TransactionCoordinator::Step TransactionCoordinator::PlanBeginning(
    const std::string& transactional_id, absl::Duration timeout, bool may_end, Done done) {
  const absl::Status usable = is_closed_ ? ClosedError() : log_.Prepare(transactional_id);
  if (!usable.ok()) return [done, usable] { done(usable); };
  Entry& entry = entries_[transactional_id];
  if (!entry.failure.ok()) return [done, failure = entry.failure] { done(failure); };
  const auto again = [self = shared_from_this(), transactional_id, timeout,
                      done](bool may_end_then) {
    self->Begin(transactional_id, timeout, may_end_then, done);
  };
  if (entry.is_ending) {
    entry.waiting.push_back([again, may_end] { again(may_end); });
    return [] {};
  }
  const bool is_decided = entry.value.has_value() && IsEnding(*entry.value);
  if (is_decided ||
      (entry.value.has_value() && entry.value->status == TransactionStatus::kOngoing)) {
    if (!may_end) return [done, delay = Delayed(entry)] { done(delay); };
    const EndingPointer ending =
        StartEnding(transactional_id, &entry, Durability::kDurable,
                    [done, again](const absl::StatusOr<ProducerIdentity>& ended) {
                      return ended.ok() ? again(/*may_end=*/false) : done(ended.status());
                    });
    return [this, is_decided, ending] { is_decided ? WriteMarkers(ending) : Decide(ending); };
  }
  const absl::StatusOr<AppendPlace> place = WriteBeginning(transactional_id, timeout, &entry);
  if (!place.ok()) {
    if (!entry.value.has_value()) entries_.erase(transactional_id);
    return [done, failure = place.status()] { done(failure); };
  }
  return [this, transactional_id, place = *place, identity = IdentityOf(*entry.value), done] {
    AwaitAcknowledgements(
        {place}, Durability::kDurable, environment_.executor,
        [self = shared_from_this(), transactional_id, identity, done](const absl::Status& status) {
          if (status.ok()) return done(identity);
          self->NoteFailure(transactional_id, status);
          done(status);
        });
  };
}

absl::StatusOr<AppendPlace> TransactionCoordinator::WriteBeginning(
    const std::string& transactional_id, absl::Duration timeout, Entry* entry) {
  const bool needs_id = !entry->value.has_value() || NeedsNewProducerId(*entry->value);
  TM_ASSIGN_OR_RETURN(const absl::optional<ProducerId> new_id, NewIdIf(needs_id));
  const TransactionValue value = tidemark::BeginProducer(entry->value, new_id, timeout, Now());
  TM_ASSIGN_OR_RETURN(AppendPlace place, log_.Append(transactional_id, value));
  entry->value = value;
  return place;
}

// ---------------------------------------------------------------------------- in a transaction

absl::Status TransactionCoordinator::Delayed(const Entry& entry) const {
  return absl::UnavailableError(
      absl::StrCat("the transaction before is not completed yet: ",
                   entry.delay.ok() ? "its end is under way" : entry.delay.message()));
}

absl::StatusOr<TransactionCoordinator::Entry*> TransactionCoordinator::FindOwned(
    const std::string& transactional_id, const ProducerIdentity& identity) {
  if (is_closed_) return ClosedError();
  const auto found = entries_.find(transactional_id);
  if (found == entries_.end() || !found->second.value.has_value()) {
    return WithErrorCode(ErrorCode::kInvalidProducerEpoch,
                         absl::FailedPreconditionError(absl::StrCat(
                             "there is no transactional id \"", transactional_id, "\" any more")));
  }
  Entry& entry = found->second;
  TM_RETURN_IF_ERROR(entry.failure);
  if (entry.is_ending) return Delayed(entry);
  TM_RETURN_IF_ERROR(CheckIdentity(Completed(*entry.value), identity));
  if (IsEnding(*entry.value)) return Delayed(entry);
  return &entry;
}

absl::Status TransactionCoordinator::JoinPartitions(const std::string& transactional_id,
                                                    const ProducerIdentity& identity,
                                                    const std::set<TopicPartition>& partitions) {
  MutexLock lock(&mutex_);
  TM_ASSIGN_OR_RETURN(Entry* const entry, FindOwned(transactional_id, identity));
  const TransactionValue value = tidemark::JoinPartitions(*entry->value, partitions, Now());
  TM_RETURN_IF_ERROR(log_.Append(transactional_id, value).status());
  entry->value = value;
  return absl::OkStatus();
}

// ---------------------------------------------------------------------------- ending

TransactionCoordinator::EndingPointer TransactionCoordinator::StartEnding(
    const std::string& transactional_id, Entry* entry, Durability durability, Done done) {
  entry->is_ending = true;
  auto ending = std::make_shared<Ending>();
  ending->transactional_id = transactional_id;
  ending->is_commit = IsCommit(*entry->value);
  ending->next = IdentityOf(Completed(*entry->value));
  ending->durability = durability;
  ending->done = std::move(done);
  return ending;
}

void TransactionCoordinator::EndTransaction(const std::string& transactional_id,
                                            const ProducerIdentity& identity, bool is_commit,
                                            Durability durability, Done done) {
  absl::StatusOr<Entry*> entry;
  EndingPointer ending;
  std::set<TopicPartition> partitions;
  {
    MutexLock lock(&mutex_);
    entry = FindOwned(transactional_id, identity);
    if (entry.ok() && (*entry)->value->status == TransactionStatus::kOngoing) {
      ending = StartEnding(transactional_id, *entry, durability, done);
      ending->is_commit = is_commit;
      partitions = (*entry)->value->partitions;
    }
  }
  if (!entry.ok()) return done(entry.status());
  if (ending == nullptr) return done(identity);
  return is_commit ? AwaitRecords(ending, partitions) : Decide(ending);
}

void TransactionCoordinator::AwaitRecords(const EndingPointer& ending,
                                          const std::set<TopicPartition>& partitions) {
  absl::StatusOr<std::vector<AppendPlace>> ends = markers_.Ends(partitions);
  if (!ends.ok()) return Finish(ending, ends.status());
  Await(*std::move(ends), ending, [this, ending](const absl::Status& status) {
    return status.ok() ? Decide(ending) : Finish(ending, status);
  });
}

void TransactionCoordinator::Decide(const EndingPointer& ending) {
  if (!EnterStep()) return Finish(ending, ClosedError());
  const absl::StatusOr<AppendPlace> place = WriteOutcome(ending.get());
  LeaveStep();
  if (!place.ok()) return Finish(ending, place.status());
  Await({*place}, ending, [this, ending](const absl::Status& status) {
    if (status.ok()) return WriteMarkers(ending);
    // Nobody knows whether it holds, before the topic is read again.
    const absl::Status unknown = absl::DataLossError(status.message());
    NoteFailure(ending->transactional_id, unknown);
    Finish(ending, unknown);
  });
}

absl::StatusOr<AppendPlace> TransactionCoordinator::WriteOutcome(Ending* ending) {
  MutexLock lock(&mutex_);
  absl::optional<TransactionValue>& state = entries_[ending->transactional_id].value;
  TM_ASSIGN_OR_RETURN(const absl::optional<ProducerId> next_id,
                      NewIdIf(NeedsNewProducerId(*state)));
  const TransactionValue value = DecideOutcome(*state, ending->is_commit, next_id, Now());
  TM_ASSIGN_OR_RETURN(AppendPlace place, log_.Append(ending->transactional_id, value));
  state = value;
  ending->next = IdentityOf(Completed(value));
  return place;
}

void TransactionCoordinator::WriteMarkers(const EndingPointer& ending) {
  // The outcome holds, and the next opening finds it.
  if (!EnterStep()) return Finish(ending, ending->next);
  std::vector<AppendPlace> places;
  const absl::Status status = AppendMarkers(*ending, &places);
  LeaveStep();
  std::set<TopicPartition> marked;
  for (const AppendPlace& place : places) marked.insert(place.partition->log->topic_partition());
  Await(std::move(places), ending, [this, ending, status, marked](const absl::Status& waited) {
    if (waited.ok()) NoteMarked(*ending, marked);
    if (!status.ok()) return Postpone(ending, status);
    return waited.ok() ? Complete(ending) : Postpone(ending, waited);
  });
}

absl::Status TransactionCoordinator::AppendMarkers(const Ending& ending,
                                                   std::vector<AppendPlace>* places) {
  TransactionEnd end;
  std::set<TopicPartition> partitions;
  {
    MutexLock lock(&mutex_);
    const Entry& entry = entries_[ending.transactional_id];
    const TransactionValue& value = *entry.value;
    std::set_difference(value.partitions.begin(), value.partitions.end(), entry.marked.begin(),
                        entry.marked.end(), std::inserter(partitions, partitions.end()));
    end.producer_id = value.producer_id;
    end.producer_epoch = value.producer_epoch;
    end.is_commit = IsCommit(value);
    TM_ASSIGN_OR_RETURN(const LeaderEpoch epoch, log_.CoordinatorEpoch(ending.transactional_id));
    end.coordinator_epoch = epoch.value();
  }
  return markers_.Append(partitions, end, places);
}

void TransactionCoordinator::NoteMarked(const Ending& ending,
                                        const std::set<TopicPartition>& partitions) {
  if (ending.durability != Durability::kDurable) return;
  MutexLock lock(&mutex_);
  entries_[ending.transactional_id].marked.insert(partitions.begin(), partitions.end());
}

void TransactionCoordinator::Complete(const EndingPointer& ending) {
  if (!EnterStep()) return Finish(ending, ending->next);
  const absl::StatusOr<AppendPlace> place = WriteCompletion(ending.get());
  LeaveStep();
  if (!place.ok()) return Postpone(ending, place.status());
  Await({*place}, ending, [this, ending](const absl::Status&) { Finish(ending, ending->next); });
}

absl::StatusOr<AppendPlace> TransactionCoordinator::WriteCompletion(Ending* ending) {
  MutexLock lock(&mutex_);
  Entry& entry = entries_[ending->transactional_id];
  const TransactionValue value = CompleteOutcome(*entry.value, Now());
  TM_ASSIGN_OR_RETURN(AppendPlace place, log_.Append(ending->transactional_id, value));
  // No log must know a new producer id that the topic may yet lose.
  const bool is_same_id = value.producer_id == entry.value->producer_id;
  ending->durability = is_same_id ? Durability::kBuffered : Durability::kDurable;
  entry.value = value;
  entry.marked.clear();
  entry.delay = absl::OkStatus();
  return place;
}

void TransactionCoordinator::Postpone(const EndingPointer& ending, const absl::Status& why) {
  {
    MutexLock lock(&mutex_);
    entries_[ending->transactional_id].delay = why;
  }
  Finish(ending, ending->next);
}

void TransactionCoordinator::NoteFailure(const std::string& transactional_id,
                                         const absl::Status& why) {
  MutexLock lock(&mutex_);
  entries_[transactional_id].failure = why;
}

void TransactionCoordinator::Finish(const EndingPointer& ending,
                                    const absl::StatusOr<ProducerIdentity>& result) {
  std::vector<Step> waiting;
  {
    MutexLock lock(&mutex_);
    Entry& entry = entries_[ending->transactional_id];
    entry.is_ending = false;
    waiting.swap(entry.waiting);
  }
  ending->done(result);
  for (const Step& step : waiting) step();
}

void TransactionCoordinator::Await(std::vector<AppendPlace> places, const EndingPointer& ending,
                                   std::function<void(const absl::Status&)> next) {
  AwaitAcknowledgements(std::move(places), ending->durability, environment_.executor,
                        [self = shared_from_this(),
                         next = std::move(next)](const absl::Status& status) { next(status); });
}

}  // namespace tidemark
