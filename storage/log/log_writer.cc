#include "storage/log/log_writer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/base/limits.h"
#include "storage/base/status_macros.h"
#include "storage/error_code.h"

namespace tidemark {
namespace {

// Room is prepared ahead while it is less than half of what is written, and less than one step.
bool RoomIsLow(const SegmentAppender& active) {
  const int64_t low_bytes =
      std::clamp(active.position() / 2, kGrowthStepBytesMin / 2, kPrepareStepBytesMax);
  return active.room_bytes() < low_bytes &&
         active.position() + active.room_bytes() < active.capacity_bytes();
}

}  // namespace

LogWriter::LogWriter(Parts parts, const LogConfig& config, std::unique_ptr<SegmentAppender> active,
                     Offset log_end, absl::optional<LeaderEpoch> latest_epoch,
                     ProducerTable producers)
    : parts_(std::move(parts)),
      log_end_(log_end.value()),
      active_(std::move(active)),
      latest_epoch_(latest_epoch),
      producers_(std::move(producers)) {
  SetConfig(config);
  MutexLock lock(&append_mutex_);
  producers_.ReleaseBelow(log_end);
  PublishFirstUnstable();
}

void LogWriter::SetConfig(const LogConfig& config) {
  MutexLock lock(&append_mutex_);
  configs_.push_back(std::make_unique<LogConfig>(config));
  config_.store(configs_.back().get(), std::memory_order_release);
}

absl::StatusOr<LogWriter::Place> LogWriter::Append(const Batch& batch) {
  std::vector<AppendWaiters::Waiter> ready;
  Place place;
  bool is_low = false;
  while (true) {
    TM_ASSIGN_OR_RETURN(const Placement placement, TryPlace(batch, &place, &ready, &is_low));
    if (placement == Placement::kDone) break;
    TM_RETURN_IF_ERROR(MakeRoom(batch));
  }
  if (!ready.empty()) Release(std::move(ready), absl::OkStatus());
  if (is_low) parts_.on_low_room();
  return place;
}

absl::Status LogWriter::CheckMayAppend(LeaderEpoch epoch) const {
  if (!stopped_.ok()) return stopped_;
  if (latest_epoch_.has_value() && epoch < *latest_epoch_ && epoch != kNoLeaderEpoch) {
    return absl::FailedPreconditionError(absl::StrCat("leader epoch ", epoch.value(),
                                                      " has ended: the log is in epoch ",
                                                      latest_epoch_->value()));
  }
  if (epoch >= LeaderEpoch(0) && (!latest_epoch_.has_value() || epoch > *latest_epoch_)) {
    return absl::NotFoundError("a new leader epoch");
  }
  return absl::OkStatus();
}

absl::StatusOr<LogWriter::Placement> LogWriter::TryPlace(const Batch& batch, Place* place,
                                                         std::vector<AppendWaiters::Waiter>* ready,
                                                         bool* is_low) {
  MutexLock lock(&append_mutex_);
  TM_RETURN_IF_ERROR(CheckMayAppend(batch.epoch));
  if (!gate_is_open_) return Placement::kNoRoom;
  if (batch.producer != nullptr) {
    TM_RETURN_IF_ERROR(CheckProducer(batch, place));
    if (place->is_duplicate) return Placement::kDone;
  }
  TM_ASSIGN_OR_RETURN(const Offset base_offset, BaseOffsetOf(batch));
  if (active_->room_bytes() < batch.view.size_bytes() ||
      WhetherToRoll(batch, base_offset) != RollReason::kNone) {
    return Placement::kNoRoom;
  }
  if (!batch.stamp.empty()) StampBatch(base_offset, batch.epoch, batch.stamp);
  const Offset last_offset = base_offset + batch.view.last_offset_delta();
  place->base_offset = base_offset;
  place->last_offset = last_offset;
  active_->Append(batch.view.bytes(), last_offset, batch.view.max_timestamp());
  if (batch.producer != nullptr) NoteProducer(*batch.producer, base_offset);
  log_end_.store((last_offset + 1).value(), std::memory_order_release);
  // Only one thread at a time counts: no need for the bus to be locked.
  append_count_.store(append_count() + 1, std::memory_order_relaxed);
  append_bytes_.store(append_bytes() + batch.view.size_bytes(), std::memory_order_relaxed);
  if (!waiters_.empty()) *ready = waiters_.TakeReady(last_offset + 1);
  if (!is_preparing_ && RoomIsLow(*active_)) *is_low = is_preparing_ = true;
  return Placement::kDone;
}

absl::Status LogWriter::CheckProducer(const Batch& batch, Place* place) const {
  TM_ASSIGN_OR_RETURN(const absl::optional<ProducerState::Batch> duplicate,
                      producers_.Check(*batch.producer, batch.origin));
  if (!duplicate.has_value()) return absl::OkStatus();
  *place = {duplicate->first_offset(), duplicate->last_offset, true, duplicate->timestamp};
  return absl::OkStatus();
}

void LogWriter::NoteProducer(const ProducerBatch& batch, Offset base_offset) {
  ProducerBatch placed = batch;
  placed.base_offset = base_offset;
  const absl::optional<TransactionIndexEntry> aborted = producers_.Apply(placed);
  // Before the transaction is seen to have ended.
  if (aborted.has_value()) active_->segment()->AddAborted(*aborted);
  if (!high_watermark_.has_value()) producers_.ReleaseBelow(placed.last_offset() + 1);
  PublishFirstUnstable();
}

void LogWriter::PublishFirstUnstable() {
  const absl::optional<Offset> first = producers_.transactions().first_unstable();
  first_unstable_.store(first.has_value() ? first->value() : std::numeric_limits<int64_t>::max(),
                        std::memory_order_release);
}

void LogWriter::SetHighWatermark(Offset high_watermark) {
  MutexLock lock(&append_mutex_);
  high_watermark_ = high_watermark;
  producers_.ReleaseBelow(high_watermark);
  PublishFirstUnstable();
}

void LogWriter::ExpireProducers(Timestamp now) {
  MutexLock lock(&append_mutex_);
  producers_.Expire(now, config().producer_expiration);
}

std::vector<ProducerSummary> LogWriter::Producers() const {
  std::vector<ProducerSummary> producers;
  MutexLock lock(&append_mutex_);
  for (const ProducerSnapshotEntry& entry : producers_.Snapshot()) {
    producers.push_back(
        {entry.producer_id, entry.producer_epoch, entry.open_transaction_first_offset});
  }
  return producers;
}

std::string LogWriter::FormatProducers() const {
  MutexLock lock(&append_mutex_);
  return FormatProducerSnapshot(producers_.Snapshot());
}

bool LogWriter::has_producers() const {
  MutexLock lock(&append_mutex_);
  return !producers_.empty();
}

absl::StatusOr<Offset> LogWriter::BaseOffsetOf(const Batch& batch) const {
  const Offset log_end(log_end_.load(std::memory_order_relaxed));
  if (!batch.stamp.empty()) {
    // The next offset must be an offset, too.
    const int64_t offsets_left = std::numeric_limits<int64_t>::max() - log_end.value();
    if (offsets_left > batch.view.last_offset_delta()) return log_end;
    return absl::FailedPreconditionError(
        absl::StrCat("no offsets are left: the log ends at ", log_end.value()));
  }
  const Offset base_offset = batch.view.base_offset();
  if (base_offset == log_end || (base_offset > log_end && config().offset_gaps_allowed)) {
    return base_offset;
  }
  return absl::InvalidArgumentError(absl::StrCat("a batch with base offset ", base_offset.value(),
                                                 " where the log ends at ", log_end.value()));
}

RollReason LogWriter::WhetherToRoll(const Batch& batch, Offset base_offset) const {
  RollInput input;
  input.base_offset = active_->segment()->base_offset();
  input.size_bytes = active_->position();
  input.capacity_bytes = active_->capacity_bytes();
  input.first_timestamp = active_->first_timestamp();
  input.jitter = active_->jitter();
  input.index_is_full = active_->index().IsFull(config().segment_index_bytes_max);
  input.batch_bytes = batch.view.size_bytes();
  input.batch_max_timestamp = batch.view.max_timestamp();
  input.batch_last_offset = base_offset + batch.view.last_offset_delta();
  return DecideRoll(input, config());
}

absl::Status LogWriter::MakeRoom(const Batch& batch) {
  absl::StatusOr<bool> rolled = false;
  {
    MutexLock structure(&structure_mutex_);
    rolled = RollOrGrow(batch);
  }
  if (rolled.ok()) {
    if (*rolled) parts_.on_roll();
    return absl::OkStatus();
  }
  if (const absl::Status fenced = stopped(); !fenced.ok()) Stop(fenced);
  return rolled.status();
}

absl::StatusOr<bool> LogWriter::RollOrGrow(const Batch& batch) {
  const int64_t bytes = batch.view.size_bytes();
  SegmentAppender* active = nullptr;
  Offset base_offset;
  int64_t end_bytes = 0;
  bool must_roll = false;
  {
    MutexLock lock(&append_mutex_);
    TM_RETURN_IF_ERROR(CheckMayAppend(batch.epoch));
    TM_ASSIGN_OR_RETURN(base_offset, BaseOffsetOf(batch));
    active = active_.get();
    end_bytes = active->position() + bytes;
    must_roll = WhetherToRoll(batch, base_offset) != RollReason::kNone ||
                // A configuration that allows larger segments than when this one was made.
                end_bytes > active->capacity_bytes();
    if (!must_roll && active->room_bytes() >= bytes) return false;
    gate_is_open_ = !must_roll;
  }
  absl::Status status = parts_.directory->CheckRoom();
  if (status.ok()) status = must_roll ? Roll(base_offset, bytes) : Grow(active, end_bytes);
  {
    MutexLock lock(&append_mutex_);
    gate_is_open_ = true;
  }
  if (absl::IsNotFound(status)) return absl::UnavailableError(status.message());
  TM_RETURN_IF_ERROR(status);
  return must_roll;
}

absl::Status LogWriter::Grow(SegmentAppender* active, int64_t end_bytes) {
  TM_ASSIGN_OR_RETURN(SegmentAppender::Growth growth, active->Grow(end_bytes));
  MutexLock lock(&append_mutex_);
  active->Install(std::move(growth));
  return absl::OkStatus();
}

absl::Status LogWriter::Roll(Offset base_offset, int64_t bytes) {
  SegmentAppender* const active = this->active();
  if (active->segment()->base_offset() == base_offset) {
    TM_RETURN_IF_ERROR(active->Trim());
    // The empty segment of this very offset: only its mapping is too small.
    auto larger =
        NewAppender(active->segment(),
                    std::make_shared<SegmentIndex>(base_offset, config().index_interval_bytes),
                    kNoTimestamp, bytes);
    MutexLock lock(&append_mutex_);
    active_ = std::move(larger);
    return absl::OkStatus();
  }
  TM_RETURN_IF_ERROR(
      FencedUnlessOk(parts_.syncer->PrepareRoll(log_end(), config().offset_gaps_allowed)));
  TM_ASSIGN_OR_RETURN(std::unique_ptr<SegmentAppender> next, BeginSegment(base_offset, bytes));
  const std::shared_ptr<Segment> segment = next->segment();
  {
    MutexLock lock(&append_mutex_);
    active_.swap(next);
    // Behind the swap: one that is in the list and not active is taken for sealed. Under the lock:
    // nothing may be in a segment that syncs and readers do not know of.
    parts_.segments->Add(segment);
  }
  next->Trim().IgnoreError();  // The syncer tries again, and reports it.
  parts_.syncer->AddSealed(std::move(next), base_offset, FormatProducers());
  roll_count_.fetch_add(1, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status LogWriter::FencedUnlessOk(const absl::Status& status) {
  if (!status.ok())
    Fence(absl::FailedPreconditionError(absl::StrCat("fenced: ", status.message())));
  return status;
}

absl::StatusOr<std::unique_ptr<SegmentAppender>> LogWriter::BeginSegment(Offset base_offset,
                                                                         int64_t bytes) {
  absl::StatusOr<std::unique_ptr<SegmentAppender>> next = CreateSegment(base_offset, bytes);
  parts_.syncer->NoteNewName();
  absl::Status status = next.status();
  if (next.ok() && bytes == 0) return next;
  if (next.ok()) {
    absl::StatusOr<SegmentAppender::Growth> growth = (*next)->Grow(bytes);
    status = growth.status();
    if (growth.ok()) {
      (*next)->Install(*std::move(growth));
      return next;
    }
  }
  // Whoever opens the log would take what is left for its end, and the batches that still fit in
  // the old segment would stand behind it.
  const absl::Status removed = NewSegment(base_offset)->RemoveFiles();
  parts_.syncer->NoteNewName();
  if (!removed.ok()) {
    Fence(absl::FailedPreconditionError(absl::StrCat(
        "fenced: a new segment could not be begun, open the log again: ", status.message(), "; ",
        removed.message())));
  }
  return status;
}

std::shared_ptr<Segment> LogWriter::NewSegment(Offset base_offset) const {
  return std::make_shared<Segment>(parts_.environment, parts_.directory->path(), base_offset,
                                   config().index_interval_bytes, 0);
}

absl::StatusOr<std::unique_ptr<SegmentAppender>> LogWriter::CreateSegment(Offset base_offset,
                                                                          int64_t bytes_min) const {
  std::shared_ptr<Segment> segment = NewSegment(base_offset);
  for (const std::string& path : {segment->log_path(), segment->index_paths().offset_index,
                                  segment->index_paths().time_index}) {
    const auto file = parts_.environment.file_system->Open(path, OpenMode::kCreate);
    TM_RETURN_IF_ERROR(AsDiskFull(file.status()));
    TM_RETURN_IF_ERROR(AsDiskFull((*file)->Truncate(0)));
  }
  auto appender =
      NewAppender(std::move(segment),
                  std::make_shared<SegmentIndex>(base_offset, config().index_interval_bytes),
                  kNoTimestamp, bytes_min);
  appender->NoteStoredIndex();
  return appender;
}

std::unique_ptr<SegmentAppender> LogWriter::NewAppender(std::shared_ptr<Segment> segment,
                                                        std::shared_ptr<SegmentIndex> index,
                                                        Timestamp first_timestamp,
                                                        int64_t bytes_min) const {
  const int64_t capacity = std::max({config().segment_bytes_max, segment->size_bytes(), bytes_min});
  const int64_t jitter_max_ms = absl::ToInt64Milliseconds(config().segment_jitter_max);
  const absl::Duration jitter =
      jitter_max_ms == 0 ? absl::ZeroDuration()
                         : absl::Milliseconds(static_cast<int64_t>(
                               parts_.random->Next() % static_cast<uint64_t>(jitter_max_ms)));
  return std::make_unique<SegmentAppender>(parts_.environment, std::move(segment), std::move(index),
                                           capacity, first_timestamp, jitter);
}

void LogWriter::PrepareAhead() {
  MutexLock structure(&structure_mutex_);
  SegmentAppender* active = nullptr;
  int64_t end_bytes = 0;
  {
    MutexLock lock(&append_mutex_);
    is_preparing_ = stopped_.ok() && RoomIsLow(*active_);
    if (!is_preparing_) return;
    active = active_.get();
    end_bytes = active->position() + active->room_bytes();
  }
  // An append that finds no room tries again, and reports it.
  if (parts_.directory->CheckRoom().ok()) Grow(active, end_bytes).IgnoreError();
  MutexLock lock(&append_mutex_);
  is_preparing_ = false;
}

absl::Status LogWriter::BeginEpoch(LeaderEpoch epoch, Offset start_offset,
                                   const std::function<absl::Status(Offset)>& store) {
  const absl::Status status = RunExclusive([&]() -> absl::Status {
    {
      MutexLock lock(&append_mutex_);
      const absl::Status known = CheckMayAppend(epoch);
      if (!absl::IsNotFound(known)) return known;
    }
    TM_RETURN_IF_ERROR(parts_.directory->CheckRoom());
    const absl::Status stored = AsDiskFull(store(std::max(start_offset, log_end())));
    // The file may say that the epoch has begun: nothing may come behind it in an older one.
    TM_RETURN_IF_ERROR(absl::IsDataLoss(stored) ? FencedUnlessOk(stored) : stored);
    MutexLock lock(&append_mutex_);
    latest_epoch_ = epoch;
    return absl::OkStatus();
  });
  if (const absl::Status fenced = stopped(); !fenced.ok()) Stop(fenced);
  return status;
}

absl::Status LogWriter::RunExclusive(const std::function<absl::Status()>& work) {
  absl::Status status;
  std::vector<AppendWaiters::Waiter> ready;
  {
    MutexLock structure(&structure_mutex_);
    {
      MutexLock lock(&append_mutex_);
      gate_is_open_ = false;
    }
    status = work();
    MutexLock lock(&append_mutex_);
    gate_is_open_ = true;
    ready = waiters_.TakeReady(log_end());
  }
  Release(std::move(ready), absl::OkStatus());
  return status;
}

absl::Status LogWriter::RunBesideAppends(const std::function<absl::Status()>& work) {
  MutexLock structure(&structure_mutex_);
  TM_RETURN_IF_ERROR(stopped());
  return work();
}

absl::Status LogWriter::RollIf(absl::FunctionRef<bool(const SegmentAppender&)> is_due) {
  bool rolled = false;
  // RunExclusive holds the structure lock, which Clang does not see through the function.
  const absl::Status status = RunExclusive([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS -> absl::Status {
    TM_RETURN_IF_ERROR(stopped());
    if (active()->position() == 0 || !is_due(*active())) return absl::OkStatus();
    TM_RETURN_IF_ERROR(Roll(log_end(), 0));
    rolled = true;
    return absl::OkStatus();
  });
  if (rolled) parts_.on_roll();
  if (const absl::Status fenced = stopped(); !fenced.ok()) Stop(fenced);
  return status;
}

absl::optional<Timestamp> LogWriter::LargestTimestampOfActive(const Segment& segment) const {
  MutexLock lock(&append_mutex_);
  if (active_->segment().get() != &segment) return absl::nullopt;
  return active_->index().max_timestamp().timestamp;
}

absl::Status LogWriter::stopped() const {
  MutexLock lock(&append_mutex_);
  return stopped_;
}

SegmentAppender* LogWriter::active() {
  MutexLock lock(&append_mutex_);
  return active_.get();
}

void LogWriter::SetLatestEpoch(absl::optional<LeaderEpoch> latest_epoch) {
  MutexLock lock(&append_mutex_);
  latest_epoch_ = latest_epoch;
}

void LogWriter::ReplaceActive(std::unique_ptr<SegmentAppender> active, Offset log_end,
                              absl::optional<LeaderEpoch> latest_epoch, ProducerTable producers) {
  MutexLock lock(&append_mutex_);
  TM_CHECK(!gate_is_open_);
  active_ = std::move(active);
  producers_ = std::move(producers);
  if (high_watermark_.has_value()) high_watermark_ = std::min(*high_watermark_, log_end);
  producers_.ReleaseBelow(high_watermark_.value_or(log_end));
  PublishFirstUnstable();
  latest_epoch_ = latest_epoch;
  log_end_.store(log_end.value(), std::memory_order_release);
}

absl::optional<uint64_t> LogWriter::Await(Offset offset, std::function<void(absl::Status)> done) {
  absl::Status outcome;
  {
    MutexLock lock(&append_mutex_);
    if (Offset(log_end_.load(std::memory_order_relaxed)) <= offset) {
      if (stopped_.ok()) return waiters_.Add(offset, std::move(done));
      outcome = stopped_;
    }
  }
  done(outcome);
  return absl::nullopt;
}

void LogWriter::SetWaiterTimer(uint64_t number, uint64_t timer) {
  {
    MutexLock lock(&append_mutex_);
    if (waiters_.SetTimer(number, timer)) return;
  }
  parts_.executor->Cancel(timer);
}

void LogWriter::GiveUpWaiting(uint64_t number, const absl::Status& status) {
  absl::optional<AppendWaiters::Waiter> waiter;
  {
    MutexLock lock(&append_mutex_);
    waiter = waiters_.Take(number);
  }
  if (waiter.has_value()) waiter->done(status);
}

void LogWriter::Fence(const absl::Status& status) {
  MutexLock lock(&append_mutex_);
  if (stopped_.ok()) stopped_ = status;
}

void LogWriter::Stop(const absl::Status& status) {
  std::vector<AppendWaiters::Waiter> waiters;
  Fence(status);
  {
    MutexLock lock(&append_mutex_);
    waiters = waiters_.TakeAll();
  }
  Release(std::move(waiters), status);
}

void LogWriter::Release(std::vector<AppendWaiters::Waiter> waiters, const absl::Status& status) {
  for (AppendWaiters::Waiter& waiter : waiters) {
    if (waiter.timer.has_value()) parts_.executor->Cancel(*waiter.timer);
    waiter.done(status);
  }
}

}  // namespace tidemark
