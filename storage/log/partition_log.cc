#include "storage/log/partition_log.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "storage/base/check.h"
#include "storage/base/mutex.h"
#include "storage/base/status_macros.h"
#include "storage/log/epoch_log.h"
#include "storage/log/flush_timer.h"
#include "storage/log/group_commit.h"
#include "storage/log/high_watermark.h"
#include "storage/log/log_appender.h"
#include "storage/log/log_directory.h"
#include "storage/log/log_finish.h"
#include "storage/log/log_journal.h"
#include "storage/log/log_loader.h"
#include "storage/log/log_maintenance.h"
#include "storage/log/log_read.h"
#include "storage/log/log_syncer.h"
#include "storage/log/log_truncation.h"
#include "storage/log/log_writer.h"
#include "storage/log/segment_list.h"
#include "storage/log/timed_wait.h"

namespace tidemark {
namespace {

absl::Status ClosedStatus() { return absl::FailedPreconditionError("the log is closed"); }

class PartitionLogImpl final : public PartitionLog,
                               public std::enable_shared_from_this<PartitionLogImpl> {
 public:
  PartitionLogImpl(const LogEnvironment& environment, const LogParameters& parameters,
                   LoadedLog loaded);
  ~PartitionLogImpl() override { LetGo(); }

  const TopicPartition& topic_partition() const override { return parameters_.topic_partition; }
  LogOffsets offsets() const override;
  LogOffsets OffsetsToStore() const override;
  LogStats stats() const override;
  absl::StatusOr<ReadInfo> Read(Offset offset, const ReadOptions& options,
                                std::string* out) override;
  absl::StatusOr<LogView> View(Offset offset, const ReadOptions& options) override;
  absl::StatusOr<LogFileRange> FileRange(Offset offset, const ReadOptions& options) override;
  absl::StatusOr<absl::optional<TimestampedOffset>> FindByTimestamp(Timestamp timestamp) override;
  void AwaitAppend(Offset offset, absl::Duration timeout,
                   std::function<void(absl::Status)> done) override;

  absl::StatusOr<AppendResult> Append(absl::Span<char> batch,
                                      const AppendOptions& options) override;
  absl::StatusOr<AppendResult> EndTransaction(const TransactionEnd& end,
                                              const AppendOptions& options) override {
    return FlushAsConfigured(appender_.EndTransaction(end, options));
  }
  absl::Status Sync(Offset offset) override;
  void AwaitDurable(Offset offset, std::function<void(absl::Status)> done) override;
  absl::Status DeleteRecordsBefore(Offset offset) override {
    return AdvanceLogStart(offset).status();
  }
  absl::Status Close() override;

  absl::StatusOr<AppendResult> AppendAsFollower(absl::string_view batches) override;
  void SetHighWatermark(Offset offset) override {
    high_watermark_.Set(offset, log_end_now_);
    writer_.SetHighWatermark(offsets().high_watermark);
  }
  absl::optional<LeaderEpoch> latest_leader_epoch() const override;
  absl::Status AssignLeaderEpoch(LeaderEpoch leader_epoch) override;
  absl::optional<EpochEndOffset> EndOffsetForEpoch(LeaderEpoch leader_epoch) const override;
  absl::Status TruncateTo(Offset offset) override;
  absl::Status TruncateFullyAndStartAt(Offset offset) override;

  void SetConfig(const LogConfig& config) override { writer_.SetConfig(config); }
  void ExpireProducers() override { maintenance_.ExpireProducers(); }
  std::vector<TransactionIndexEntry> AbortedTransactions(Offset from, Offset end) const override {
    return FindAborted(segments_, from, end);
  }
  std::vector<ProducerSummary> Producers() const override { return writer_.Producers(); }
  std::string FormatProducers() const override { return writer_.FormatProducers(); }
  std::vector<LeaderEpochEntry> LeaderEpochs() const override { return epochs_.entries(); }
  // Sees to it that what is there now is synced within flush.ms.
  void FlushInTime(const LogConfig& config);
  absl::StatusOr<std::vector<SegmentInfo>> Segments() override {
    return ReadResult(maintenance_.Segments());
  }
  absl::Status RollActive() override { return Named(maintenance_.RollActive()); }
  absl::Status RollIfDue() override { return Named(maintenance_.RollIfDue()); }
  absl::StatusOr<RemovedSegments> AdvanceLogStart(Offset offset) override;
  absl::Status ReplaceSegments(absl::Span<const SegmentInfo> covered,
                               int64_t cleaned_bytes) override {
    return Named(maintenance_.ReplaceSegments(covered, cleaned_bytes));
  }
  void Abandon() override {
    LetGo();
    journal_.Leave();
  }

 private:
  SegmentEnvironment segment_environment() const {
    return {environment_.file_system, environment_.open_files, environment_.index_cache};
  }
  absl::Status Named(const absl::Status& status) const {
    return status.ok() ? status
                       : Annotate(status, absl::StrCat(parameters_.topic_partition.topic, "-",
                                                       topic_partition().partition.value()));
  }
  template <typename Result>
  absl::StatusOr<Result> ReadResult(absl::StatusOr<Result> result) const;
  ReadScope read_scope() const {
    return {offsets(), writer_.config().offset_gaps_allowed, log_end_now_};
  }
  // They are all called before the log's end.
  std::function<void(absl::Status)> NamedDone(std::function<void(absl::Status)> done) const {
    return [this, done = std::move(done)](const absl::Status& status) { done(Named(status)); };
  }
  LogWriter::Parts WriterParts();
  // Does what flush.messages and flush.ms ask for after an append.
  absl::StatusOr<AppendResult> FlushAsConfigured(absl::StatusOr<AppendResult> appended);
  // Runs `task` if the log is still there then.
  Executor::Task Later(void (PartitionLogImpl::*task)());
  void RunLater(void (PartitionLogImpl::*task)()) { environment_.executor->Run(Later(task)); }
  void PrepareAhead() { writer_.PrepareAhead(); }
  void LeadCommit() { commit_.Lead(); }
  void SyncInBackground() {
    // It fences the log where it fails, here as below.
    if (journal_.is_used()) return journal_.Flush().IgnoreError();
    const Offset log_end = writer_.log_end();
    commit_.Sync(log_end).IgnoreError();
    // What was durable before it was rolled has needed no sync.
    maintenance_.FinishBelow(log_end).IgnoreError();
  }

  absl::Status CheckInLog(Offset end) const;
  // As Abandon, of what is on the disk alone.
  void LetGo();
  // When it returns, nothing is appended, rolled or truncated any more.
  void StopChanges();
  // Everything as a clean stop leaves it. Nothing is appended or truncated any more.
  absl::Status SyncAndFinishFiles();
  LogMaintenance::Parts MaintenanceParts();
  LogTruncator::Parts TruncatorParts();
  LogJournal::Parts JournalParts();

  const LogEnvironment environment_;
  const LogParameters parameters_;
  const std::function<Offset()> log_end_now_ = [this] { return writer_.log_end(); };
  const absl::optional<Offset> loaded_snapshot_;  // The newest when it was opened.
  std::atomic<bool> is_closed_{false};
  // Held by Close and Abandon from beginning to end.
  Mutex end_mutex_;
  absl::optional<absl::Status> end_status_ ABSL_GUARDED_BY(end_mutex_);
  SegmentList segments_;
  LogDirectory directory_;
  EpochLog epochs_;
  LogSyncer syncer_;
  LogWriter writer_;
  GroupCommit commit_;
  LogJournal journal_;
  FlushTimer flush_timer_;
  LogAppender appender_;
  HighWatermark high_watermark_;
  LogMaintenance maintenance_;
  LogTruncator truncator_;
};

std::unique_ptr<SegmentAppender> FirstAppender(const SegmentEnvironment& environment,
                                               const LoadedLog& loaded, const LogConfig& config) {
  const std::shared_ptr<Segment>& segment = loaded.segments.back();
  auto appender =
      std::make_unique<SegmentAppender>(environment, segment, loaded.active_index,
                                        std::max(config.segment_bytes_max, segment->size_bytes()),
                                        loaded.active_first_timestamp, absl::ZeroDuration());
  if (loaded.active_index_is_stored) appender->NoteStoredIndex();
  return appender;
}

PartitionLogImpl::PartitionLogImpl(const LogEnvironment& environment,
                                   const LogParameters& parameters, LoadedLog loaded)
    : environment_(environment),
      parameters_(parameters),
      loaded_snapshot_(loaded.newest_snapshot),
      segments_(loaded.segments),
      directory_(environment.file_system, parameters.directory, parameters.reserve),
      epochs_(&directory_, loaded.epochs),
      syncer_(&directory_, &segments_, loaded.recovered_from, loaded.flushed, loaded.names_changed),
      writer_(WriterParts(), parameters.config,
              FirstAppender(segment_environment(), loaded, parameters.config), loaded.log_end,
              loaded.epochs.latest_epoch(), std::move(loaded.producers)),
      commit_(
          loaded.flushed, [this] { return journal_.Commit(); }, [this] { return journal_.Sync(); },
          [this] { journal_.CommitSoon(); }),
      journal_(JournalParts()),
      flush_timer_(environment.executor),
      appender_(environment.clock, &writer_, &epochs_),
      maintenance_(MaintenanceParts(), loaded.log_start),
      truncator_(TruncatorParts()) {
  for (UnfinishedSegment& sealed : loaded.unfinished) {
    const int64_t size_bytes = sealed.segment->size_bytes();
    syncer_.AddSealed(std::make_unique<SegmentAppender>(
                          segment_environment(), std::move(sealed.segment), std::move(sealed.index),
                          size_bytes, kNoTimestamp, absl::ZeroDuration()),
                      sealed.end_offset, std::move(sealed.snapshot));
  }
}

LogMaintenance::Parts PartitionLogImpl::MaintenanceParts() {
  return {.environment = segment_environment(),
          .clock = environment_.clock,
          .executor = environment_.executor,
          .owner = environment_.owner,
          .directory = &directory_,
          .store_log_start = parameters_.store_log_start,
          .segments = &segments_,
          .epochs = &epochs_,
          .syncer = &syncer_,
          .writer = &writer_,
          .commit = &commit_,
          .journal = &journal_,
          .high_watermark = [this] { return offsets().high_watermark; }};
}

LogJournal::Parts PartitionLogImpl::JournalParts() {
  return {.journal = parameters_.journal,
          .key = {parameters_.topic_id, parameters_.topic_partition.partition},
          .segments = &segments_,
          .syncer = &syncer_,
          .writer = &writer_,
          .commit = &commit_,
          .owner = [this] { return shared_from_this(); },
          .lead_soon = [this] { RunLater(&PartitionLogImpl::LeadCommit); },
          .is_closing = [this] { return is_closed_.load(std::memory_order_acquire); }};
}

LogTruncator::Parts PartitionLogImpl::TruncatorParts() {
  return {.environment = segment_environment(),
          .directory = &directory_,
          .lower_recovery_point = parameters_.lower_recovery_point,
          .segments = &segments_,
          .epochs = &epochs_,
          .syncer = &syncer_,
          .writer = &writer_,
          .commit = &commit_,
          .journal = &journal_,
          .high_watermark = &high_watermark_,
          .front = maintenance_.front()};
}

LogWriter::Parts PartitionLogImpl::WriterParts() {
  return {.environment = segment_environment(),
          .directory = &directory_,
          .segments = &segments_,
          .syncer = &syncer_,
          .executor = environment_.executor,
          .random = environment_.random,
          .on_roll = [this] { RunLater(&PartitionLogImpl::SyncInBackground); },
          .on_low_room = [this] { RunLater(&PartitionLogImpl::PrepareAhead); }};
}

Executor::Task PartitionLogImpl::Later(void (PartitionLogImpl::*task)()) {
  return [weak = weak_from_this(), task] {
    if (const std::shared_ptr<PartitionLogImpl> self = weak.lock()) (self.get()->*task)();
  };
}

LogOffsets PartitionLogImpl::offsets() const {
  LogOffsets offsets;
  offsets.log_start = maintenance_.front()->start();
  // In this order: what is rolled later, and may not be finished, ends above.
  Offset durable_end = commit_.durable_end();
  durable_end = std::min(durable_end, syncer_.recovery_point_max());
  offsets.log_end = std::max(writer_.log_end(), offsets.log_start);
  offsets.high_watermark = high_watermark_.Get(offsets.log_start, offsets.log_end);
  // A truncation moves the log's ends first.
  offsets.flushed = std::clamp(durable_end, offsets.log_start, offsets.log_end);
  offsets.last_stable =
      std::clamp(writer_.first_unstable(), offsets.log_start, offsets.high_watermark);
  return offsets;
}

LogOffsets PartitionLogImpl::OffsetsToStore() const {
  // In this order: a truncation lowers the other one first.
  const Offset flushed_end = syncer_.flushed_end();
  LogOffsets to_store = offsets();
  to_store.flushed = std::min(to_store.flushed, flushed_end);
  to_store.log_start = maintenance_.front()->start_to_store();
  return to_store;
}

LogStats PartitionLogImpl::stats() const {
  LogStats stats;
  stats.size_bytes = segments_.TotalBytes();
  stats.segment_count = segments_.count();
  stats.append_count = writer_.append_count();
  stats.append_bytes = writer_.append_bytes();
  stats.sync_count = syncer_.sync_count();
  stats.roll_count = writer_.roll_count();
  return stats;
}

template <typename Result>
absl::StatusOr<Result> PartitionLogImpl::ReadResult(absl::StatusOr<Result> result) const {
  // Of a directory that was abandoned meanwhile, another log's files may have been read.
  if (is_closed_.load(std::memory_order_acquire)) return Named(ClosedStatus());
  if (result.ok()) return result;
  return Named(result.status());
}

absl::StatusOr<ReadInfo> PartitionLogImpl::Read(Offset offset, const ReadOptions& options,
                                                std::string* out) {
  out->clear();
  if (is_closed_.load(std::memory_order_acquire)) return Named(ClosedStatus());
  return ReadResult(ReadLog(segments_, offset, options, read_scope(), out));
}

absl::StatusOr<LogView> PartitionLogImpl::View(Offset offset, const ReadOptions& options) {
  if (is_closed_.load(std::memory_order_acquire)) return Named(ClosedStatus());
  return ReadResult(ViewLog(segments_, offset, options, read_scope()));
}

absl::StatusOr<LogFileRange> PartitionLogImpl::FileRange(Offset offset,
                                                         const ReadOptions& options) {
  if (is_closed_.load(std::memory_order_acquire)) return Named(ClosedStatus());
  return ReadResult(LocateInLog(segments_, offset, options, read_scope()));
}

absl::StatusOr<absl::optional<TimestampedOffset>> PartitionLogImpl::FindByTimestamp(
    Timestamp timestamp) {
  if (is_closed_.load(std::memory_order_acquire)) return Named(ClosedStatus());
  const LogOffsets bounds = offsets();
  return ReadResult(FindTimestampInLog(segments_, timestamp, bounds.log_start, bounds.log_end));
}

void PartitionLogImpl::AwaitAppend(Offset offset, absl::Duration timeout,
                                   std::function<void(absl::Status)> done) {
  AwaitAppendInTime(&writer_, shared_from_this(), environment_.executor, offset, timeout,
                    NamedDone(std::move(done)));
}

absl::StatusOr<AppendResult> PartitionLogImpl::Append(absl::Span<char> batch,
                                                      const AppendOptions& options) {
  return FlushAsConfigured(appender_.AppendAsLeader(batch, options));
}

absl::StatusOr<AppendResult> PartitionLogImpl::AppendAsFollower(absl::string_view batches) {
  return FlushAsConfigured(appender_.AppendAsFollower(batches));
}

absl::StatusOr<AppendResult> PartitionLogImpl::FlushAsConfigured(
    absl::StatusOr<AppendResult> appended) {
  if (!appended.ok()) return Named(appended.status());
  const LogConfig& config = writer_.config();
  const Offset end = appended->last_offset + 1;
  if (config.flush_interval_records != std::numeric_limits<int64_t>::max() &&
      end - commit_.durable_end() >= config.flush_interval_records) {
    TM_RETURN_IF_ERROR(Named(commit_.SyncQuietly(end)));
    appended->durability = Durability::kDurable;
  } else {
    FlushInTime(config);
  }
  return appended;
}

void PartitionLogImpl::FlushInTime(const LogConfig& config) {
  if (config.flush_interval == absl::InfiniteDuration()) return;
  flush_timer_.Arm(config.flush_interval,
                   [this] { return Later(&PartitionLogImpl::SyncInBackground); });
}

absl::Status PartitionLogImpl::CheckInLog(Offset end) const {
  const Offset log_end = writer_.log_end();
  if (end <= log_end) return absl::OkStatus();
  return Named(absl::OutOfRangeError(
      absl::StrCat("offset ", end.value(), " is behind the log end ", log_end.value())));
}

absl::Status PartitionLogImpl::Sync(Offset offset) {
  TM_RETURN_IF_ERROR(CheckInLog(offset));
  return Named(commit_.Sync(offset));
}

void PartitionLogImpl::AwaitDurable(Offset offset, std::function<void(absl::Status)> done) {
  if (const absl::Status status = CheckInLog(offset); !status.ok()) return done(status);
  commit_.Await(offset, NamedDone(std::move(done)));
}

absl::optional<LeaderEpoch> PartitionLogImpl::latest_leader_epoch() const {
  return epochs_.latest_epoch();
}

absl::Status PartitionLogImpl::AssignLeaderEpoch(LeaderEpoch leader_epoch) {
  if (leader_epoch < LeaderEpoch(0)) {
    return Named(absl::InvalidArgumentError(
        absl::StrCat("leader epoch ", leader_epoch.value(), " is negative")));
  }
  return Named(writer_.BeginEpoch(leader_epoch, Offset(0), [&](Offset start_offset) {
    return epochs_.Assign(leader_epoch, start_offset);
  }));
}

absl::optional<EpochEndOffset> PartitionLogImpl::EndOffsetForEpoch(LeaderEpoch leader_epoch) const {
  return epochs_.EndOffsetFor(leader_epoch, writer_.log_end());
}

absl::StatusOr<RemovedSegments> PartitionLogImpl::AdvanceLogStart(Offset offset) {
  absl::StatusOr<RemovedSegments> removed = maintenance_.AdvanceLogStart(offset);
  return removed.ok() ? removed : Named(removed.status());
}

absl::Status PartitionLogImpl::TruncateTo(Offset offset) { return Named(truncator_.CutTo(offset)); }

absl::Status PartitionLogImpl::TruncateFullyAndStartAt(Offset offset) {
  if (offset < Offset(0)) {
    return Named(
        absl::InvalidArgumentError(absl::StrCat("offset ", offset.value(), " is negative")));
  }
  return Named(truncator_.StartAnewAt(offset));
}

absl::Status PartitionLogImpl::Close() {
  MutexLock lock(&end_mutex_);
  if (end_status_.has_value()) return *end_status_;
  StopChanges();
  end_status_ = Named(SyncAndFinishFiles());
  commit_.Shutdown(ClosedStatus());
  environment_.open_files->ForgetDirectory(parameters_.directory);
  return *end_status_;
}

void PartitionLogImpl::StopChanges() {
  is_closed_.store(true);
  writer_.Stop(ClosedStatus());
  // Nothing begins any more; what has begun ends.
  writer_.RunExclusive([] { return absl::OkStatus(); }).IgnoreError();
  maintenance_.Stop();
}

absl::Status PartitionLogImpl::SyncAndFinishFiles() {
  TM_RETURN_IF_ERROR(commit_.status());
  // What is durable only in the journal is to be in the segments.
  TM_RETURN_IF_ERROR(journal_.is_used() ? commit_.SyncOnce() : commit_.Sync(writer_.log_end()));
  commit_.Pause();
  const absl::Status status = syncer_.RunBesideCommits([this] {
    return directory_.RunEssential([this] {
      return FinishLogFiles({environment_.file_system, parameters_.directory, &segments_, &syncer_,
                             &writer_, offsets().log_start, loaded_snapshot_});
    });
  });
  commit_.Resume();
  if (status.ok()) journal_.Leave();
  return status;
}

void PartitionLogImpl::LetGo() {
  MutexLock lock(&end_mutex_);
  StopChanges();
  commit_.Shutdown(ClosedStatus());
  // What runs ends, and nothing follows.
  syncer_.RunBesideCommits([] { return absl::OkStatus(); }).IgnoreError();
  environment_.open_files->ForgetDirectory(parameters_.directory);
  if (!end_status_.has_value()) end_status_ = absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<PartitionLog>> PartitionLog::Open(const LogEnvironment& environment,
                                                                 const LogParameters& parameters,
                                                                 LogRecoveryReport* report) {
  const absl::Duration begin = environment.clock->MonotonicNow();
  const LoadParameters load{.topic_partition = parameters.topic_partition,
                            .directory = parameters.directory,
                            .config = parameters.config,
                            .log_start_offset = parameters.log_start_offset,
                            .recovery_point = parameters.recovery_point,
                            .was_clean = parameters.was_clean,
                            .now = Timestamp(absl::ToUnixMillis(environment.clock->Now()))};
  const std::string name = absl::StrCat(parameters.topic_partition.topic, "-",
                                        parameters.topic_partition.partition.value());
  absl::StatusOr<LoadedLog> loaded = LoadLog(
      {environment.file_system, environment.open_files, environment.index_cache}, load, report);
  if (!loaded.ok()) return Annotate(loaded.status(), name);
  if (loaded->epochs_changed) {
    LogDirectory directory(environment.file_system, parameters.directory);
    const absl::Status stored = EpochLog(&directory, loaded->epochs).Store();
    if (!stored.ok()) return Annotate(stored, name);
  }
  auto log = std::make_shared<PartitionLogImpl>(environment, parameters, *std::move(loaded));
  // A recovered end is not synced yet.
  if (!report->was_clean) log->FlushInTime(parameters.config);
  report->duration = environment.clock->MonotonicNow() - begin;
  return std::shared_ptr<PartitionLog>(std::move(log));
}

}  // namespace tidemark
