#include "api/tidemark.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "api/base/mailbox.h"
#include "api/catalog/internal_topics.h"
#include "api/catalog/topic_catalog.h"
#include "api/groups/offset_store.h"
#include "api/transactions/producer_session.h"
#include "api/transactions/transaction_coordinator.h"
#include "replication/single_replicator.h"
#include "storage/base/check.h"
#include "storage/base/status_macros.h"
#include "storage/posix_env.h"

namespace tidemark {
namespace {

// The seams that the embedder did not bring.
struct OwnedSeams {
  std::unique_ptr<FileSystem> file_system;
  std::unique_ptr<Clock> clock;
  std::unique_ptr<Random> random;
  std::unique_ptr<ReplicatorFactory> replicator_factory;
  std::unique_ptr<ThreadPool> executor;  // Last, so that its tasks end before the rest goes.
};

absl::Status FillIn(OpenOptions* options, OwnedSeams* owned) {
  Environment& environment = options->environment;
  if (environment.file_system == nullptr) {
    owned->file_system = NewPosixFileSystem();
    environment.file_system = owned->file_system.get();
  }
  if (environment.clock == nullptr) {
    owned->clock = NewSystemClock();
    environment.clock = owned->clock.get();
  }
  if (environment.random == nullptr) {
    owned->random = NewSystemRandom();
    environment.random = owned->random.get();
  }
  if (options->replicator_factory == nullptr) {
    owned->replicator_factory = NewSingleReplicatorFactory();
    options->replicator_factory = owned->replicator_factory.get();
  }
  if (environment.executor == nullptr) {
    if (options->executor_threads < 1) {
      return absl::InvalidArgumentError("executor_threads must be at least 1");
    }
    owned->executor = NewThreadPoolExecutor(options->executor_threads);
    if (owned->executor == nullptr) {
      return absl::ResourceExhaustedError("the system has no thread to give");
    }
    environment.executor = owned->executor.get();
  }
  return absl::OkStatus();
}

// How many threads of the executor compaction may keep busy at once.
int CleanerThreads(const StorageEngine& engine) {
  int threads = 0;
  TM_CHECK(absl::SimpleAtoi(engine.DescribeEngine().effective_config.at("log.cleaner.threads"),
                            &threads));
  return threads;
}

// For retention by consumption; the engine outlives the store.
ConsumedOffsets ConsumedBy(std::weak_ptr<OffsetStore> weak_offsets) {
  return [weak_offsets](const std::string& group,
                        const TopicPartition& partition) -> absl::optional<Offset> {
    const std::shared_ptr<OffsetStore> offsets = weak_offsets.lock();
    if (offsets == nullptr) return absl::nullopt;
    const absl::StatusOr<absl::optional<OffsetAndMetadata>> committed =
        offsets->Fetch(group, partition);
    if (!committed.ok() || !committed->has_value()) return absl::nullopt;
    return (*committed)->offset;
  };
}

}  // namespace

struct Tidemark::Impl {
  ~Impl() {
    if (catalog != nullptr) Close().IgnoreError();
  }

  absl::Status Close() {
    if (transactions != nullptr) transactions->Close();
    if (offsets != nullptr) offsets->Close();
    return catalog->Close();
  }

  OwnedSeams seams;
  std::unique_ptr<StorageEngine> engine;
  std::unique_ptr<TopicCatalog> catalog;
  std::shared_ptr<OffsetStore> offsets;
  std::shared_ptr<TransactionCoordinator> transactions;
};

absl::StatusOr<Tidemark> Tidemark::Open(absl::string_view directory, const OpenOptions& options) {
  OpenOptions filled = options;
  auto impl = std::make_unique<Impl>();
  TM_RETURN_IF_ERROR(FillIn(&filled, &impl->seams));

  EngineOptions engine_options;
  engine_options.create_if_missing = filled.create_if_missing;
  engine_options.more_directories = filled.more_directories;
  engine_options.config = filled.config;
  engine_options.open_files_max = filled.open_files_max;
  engine_options.checkpoint_interval = filled.checkpoint_interval;
  engine_options.on_partition_opened = filled.on_partition_opened;
  TM_ASSIGN_OR_RETURN(impl->engine,
                      StorageEngine::Open(directory, filled.environment, engine_options));
  // Only now it is known, from what the directory keeps; the first compaction is some time away.
  if (impl->seams.executor != nullptr) {
    impl->seams.executor->AddThreads(CleanerThreads(*impl->engine));
  }
  impl->catalog = std::make_unique<TopicCatalog>(impl->engine.get(), filled.replicator_factory,
                                                 filled.environment);
  TM_RETURN_IF_ERROR(impl->catalog->OpenAll());
  impl->offsets =
      std::make_shared<OffsetStore>(impl->catalog.get(), impl->engine.get(), filled.environment);
  TM_RETURN_IF_ERROR(impl->offsets->Open());
  impl->transactions = std::make_shared<TransactionCoordinator>(
      impl->catalog.get(), impl->engine.get(), impl->offsets, filled.environment);
  impl->transactions->Open();
  impl->engine->SetConsumedOffsets(ConsumedBy(impl->offsets));
  return Tidemark(std::move(impl));
}

Tidemark::Tidemark(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tidemark::~Tidemark() = default;
Tidemark::Tidemark(Tidemark&&) noexcept = default;
Tidemark& Tidemark::operator=(Tidemark&&) noexcept = default;

const RecoveryReport& Tidemark::recovery_report() const { return impl_->engine->recovery_report(); }

absl::StatusOr<Topic> Tidemark::CreateTopic(absl::string_view topic, const TopicOptions& options) {
  absl::StatusOr<std::shared_ptr<SharedTopic>> state =
      impl_->catalog->Create(topic, options.partition_count, options.config);
  if (options.exists_ok && absl::IsAlreadyExists(state.status())) return OpenTopic(topic);
  if (!state.ok()) return state.status();
  return Topic(*std::move(state));
}

absl::StatusOr<Topic> Tidemark::OpenTopic(absl::string_view topic) const {
  TM_ASSIGN_OR_RETURN(std::shared_ptr<SharedTopic> state, impl_->catalog->Find(topic));
  return Topic(std::move(state));
}

absl::Status Tidemark::DeleteTopic(absl::string_view topic) {
  TM_RETURN_IF_ERROR(CheckNotInternal(topic, "delete"));
  TM_RETURN_IF_ERROR(impl_->catalog->Delete(topic));
  // What stays is not taken for that of a new topic of the name, which has another id.
  impl_->offsets->ForgetTopic(topic).IgnoreError();
  return absl::OkStatus();
}

absl::Status Tidemark::AddPartitions(absl::string_view topic, int32_t partition_count) {
  TM_RETURN_IF_ERROR(CheckNotInternal(topic, "add partitions to"));
  return impl_->catalog->AddPartitions(topic, partition_count);
}

absl::Status Tidemark::AlterTopicConfig(absl::string_view topic, const ConfigMap& set,
                                        const std::vector<std::string>& unset) {
  TM_RETURN_IF_ERROR(impl_->catalog->Find(topic).status());
  return impl_->engine->AlterTopicConfig(topic, set, unset);
}

absl::Status Tidemark::AlterEngineConfig(const ConfigMap& set,
                                         const std::vector<std::string>& unset) {
  return impl_->engine->AlterEngineConfig(set, unset);
}

EngineDescription Tidemark::DescribeEngine() const { return impl_->engine->DescribeEngine(); }

absl::StatusOr<std::vector<RetentionOutcome>> Tidemark::RunRetention(absl::string_view topic) {
  return impl_->engine->RunRetention(topic);
}

absl::StatusOr<std::vector<CompactionOutcome>> Tidemark::RunCompaction(absl::string_view topic) {
  return impl_->engine->RunCompaction(topic);
}

std::vector<CompactionState> Tidemark::CompactionStates() const {
  return impl_->engine->CompactionStates();
}

absl::StatusOr<std::vector<ScrubOutcome>> Tidemark::RunScrub(absl::string_view topic) {
  return impl_->engine->RunScrub(topic);
}

std::vector<ScrubOutcome> Tidemark::ScrubOutcomes() const { return impl_->engine->ScrubOutcomes(); }

std::vector<absl::Status> Tidemark::background_errors() const {
  return impl_->engine->background_errors();
}

absl::StatusOr<TopicDescription> Tidemark::DescribeTopic(absl::string_view topic) const {
  TM_RETURN_IF_ERROR(impl_->catalog->Find(topic).status());
  return impl_->engine->DescribeTopic(topic);
}

std::vector<std::string> Tidemark::ListTopics() const { return impl_->engine->ListTopics(); }

absl::StatusOr<Producer> Tidemark::OpenProducer(const ProducerOptions& options) {
  Mailbox<absl::StatusOr<Producer>> mailbox;
  OpenProducerAsync(
      options, [&mailbox](absl::StatusOr<Producer> producer) { mailbox.Put(std::move(producer)); });
  return mailbox.Take();
}

void Tidemark::OpenProducerAsync(const ProducerOptions& options,
                                 std::function<void(absl::StatusOr<Producer>)> done) {
  if (options.transactional_id.empty()) {
    const absl::StatusOr<int64_t> id = impl_->engine->AllocateProducerId();
    if (!id.ok()) return done(id.status());
    const ProducerIdentity identity{ProducerId(*id), ProducerEpoch(0)};
    return done(Producer(std::make_shared<ProducerSession>("", identity, nullptr, nullptr)));
  }
  impl_->transactions->BeginProducer(
      options.transactional_id, options.transaction_timeout,
      [id = options.transactional_id, coordinator = impl_->transactions, offsets = impl_->offsets,
       done = std::move(done)](const absl::StatusOr<ProducerIdentity>& identity) {
        if (!identity.ok()) return done(identity.status());
        done(Producer(std::make_shared<ProducerSession>(id, *identity, coordinator, offsets)));
      });
}

absl::Status Tidemark::Close() { return impl_->Close(); }

Groups Tidemark::groups() const { return Groups(impl_->offsets); }

}  // namespace tidemark
