#include "api/cli/produce_command.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "api/cli/data_directories.h"
#include "api/cli/line_producer.h"
#include "api/cli/line_splitter.h"
#include "api/cli/open_directory.h"
#include "api/cli/progress.h"
#include "api/cli/record_format.h"
#include "api/tidemark.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr int64_t kBatchBytesDefault = 16384;

struct ProduceFlags {
  std::vector<std::string> data_directories;
  std::string topic;
  int32_t partition = -1;
  std::string key_separator;
  bool has_tombstones = false;
  Durability durability = Durability::kBuffered;
  Codec codec = Codec::kNone;
  int32_t batch_records = 0;
  bool print_offsets = false;
  bool is_idempotent = false;
  absl::optional<bool> commits;  // With a transaction: how it ends.
  std::string transactional_id = "tidemark-produce";
};

std::map<std::string, Durability> Durabilities() {
  return {{"buffered", Durability::kBuffered}, {"durable", Durability::kDurable}};
}

std::map<std::string, Codec> Codecs() {
  return {{"none", Codec::kNone},
          {"gzip", Codec::kGzip},
          {"snappy", Codec::kSnappy},
          {"lz4", Codec::kLz4},
          {"zstd", Codec::kZstd}};
}

std::map<std::string, bool> TransactionEnds() { return {{"commit", true}, {"abort", false}}; }

absl::StatusOr<Topic> OpenTopic(const ProduceFlags& flags, const Tidemark& tide) {
  absl::StatusOr<Topic> topic = tide.OpenTopic(flags.topic);
  if (!absl::IsNotFound(topic.status())) return topic;
  return absl::NotFoundError(
      absl::StrCat(topic.status().message(), " in ", JoinDirectories(flags.data_directories),
                   "; make it with: tidemark topic create ", DataDirOptions(flags.data_directories),
                   " --topic ", flags.topic));
}

// The smaller one of the two limits that a topic has for a batch.
absl::Status SetLimit(const TopicDescription& topic, LineProducerOptions* options) {
  options->topic_bytes_max = std::numeric_limits<int64_t>::max();
  for (const char* const setting : {"max.message.bytes", "segment.bytes"}) {
    const auto found = topic.effective_config.find(setting);
    int64_t limit_bytes = 0;
    if (found == topic.effective_config.end() || !absl::SimpleAtoi(found->second, &limit_bytes)) {
      return absl::InternalError(absl::StrCat(topic.name, ": ", setting, " is not a number"));
    }
    if (limit_bytes >= options->topic_bytes_max) continue;
    options->topic_bytes_max = limit_bytes;
    options->topic_bytes_setting = setting;
  }
  return absl::OkStatus();
}

absl::StatusOr<LineProducerOptions> MakeOptions(const ProduceFlags& flags, const Tidemark& tide) {
  TM_ASSIGN_OR_RETURN(const TopicDescription description, tide.DescribeTopic(flags.topic));
  LineProducerOptions options;
  TM_RETURN_IF_ERROR(SetLimit(description, &options));
  if (flags.partition >= 0) options.produce.partition = PartitionId(flags.partition);
  options.produce.durability = flags.durability;
  options.produce.codec = flags.codec;
  if (!flags.key_separator.empty()) options.key_separator = flags.key_separator;
  options.has_tombstones = flags.has_tombstones;
  options.batch_bytes_max = std::min(kBatchBytesDefault, options.topic_bytes_max);
  if (flags.batch_records > 0) {
    options.batch_records_max = flags.batch_records;
    options.batch_bytes_max = options.topic_bytes_max;
  }
  options.print_offsets = flags.print_offsets;
  return options;
}

// Nothing where lines are appended as nobody's.
absl::StatusOr<absl::optional<Producer>> OpenProducer(const ProduceFlags& flags, Tidemark* tide) {
  absl::optional<Producer> none;
  if (!flags.is_idempotent && !flags.commits.has_value()) return none;
  ProducerOptions options;
  if (flags.commits.has_value()) {
    options.transactional_id = flags.transactional_id;
    int64_t timeout_ms = 0;
    const EngineDescription engine = tide->DescribeEngine();
    if (!absl::SimpleAtoi(engine.effective_config.at("transaction.max.timeout.ms"), &timeout_ms)) {
      return absl::InternalError("transaction.max.timeout.ms is not a number");
    }
    options.transaction_timeout = absl::Milliseconds(timeout_ms);
  }
  TM_ASSIGN_OR_RETURN(Producer producer, tide->OpenProducer(options));
  if (flags.commits.has_value()) TM_RETURN_IF_ERROR(producer.BeginTransaction());
  return absl::optional<Producer>(std::move(producer));
}

// Ends the transaction, if there is one: as it was asked for, or, where not all of it was appended,
// by aborting it.
absl::Status EndTransaction(const ProduceFlags& flags, absl::optional<Producer> producer,
                            const absl::Status& produced) {
  if (!flags.commits.has_value()) return absl::OkStatus();
  if (produced.ok() && *flags.commits) return producer->CommitTransaction(flags.durability);
  return producer->AbortTransaction();
}

std::string DescribeProgress(const LineProducer& producer, absl::Duration elapsed) {
  const double rate =
      static_cast<double>(producer.acknowledged_count()) / absl::ToDoubleSeconds(elapsed);
  return absl::StrFormat("%d records acknowledged, %.0f a second", producer.acknowledged_count(),
                         rate);
}

// Waits until there is input. False at the end of what is to be read: an interrupt.
absl::StatusOr<bool> AwaitInput(LineProducer* producer, Console* console) {
  Console::Event event = console->Wait({.input = true}, absl::ZeroDuration());
  // Nothing more for now: what has come so far is not kept waiting.
  if (event == Console::Event::kTimeout) TM_RETURN_IF_ERROR(producer->AppendGathered());
  while (event == Console::Event::kTimeout || event == Console::Event::kWoken) {
    TM_RETURN_IF_ERROR(producer->Collect());
    event = producer->Wait(/*watch_input=*/true);
  }
  return event == Console::Event::kInput && !producer->was_interrupted();
}

// Reads standard input to its end, or to an interrupt or error, and adds its lines.
absl::Status AddLines(int64_t line_bytes_max, LineProducer* producer, CliContext* context) {
  LineSplitter splitter(line_bytes_max);
  Progress progress(context, !context->console->input_is_terminal());
  absl::string_view line;
  while (!splitter.IsTooLong()) {
    TM_ASSIGN_OR_RETURN(const bool has_input, AwaitInput(producer, context->console));
    if (!has_input) return absl::OkStatus();
    TM_ASSIGN_OR_RETURN(const int64_t count, context->console->ReadInput(splitter.Room()));
    if (count == 0) break;
    splitter.Added(count);
    while (splitter.Next(&line)) TM_RETURN_IF_ERROR(producer->Add(line));
    progress.Update([&](absl::Duration elapsed) { return DescribeProgress(*producer, elapsed); });
  }
  return splitter.TakeRest(&line) ? producer->Add(line) : absl::OkStatus();
}

absl::Status Produce(const ProduceFlags& flags, CliContext* context) {
  TM_ASSIGN_OR_RETURN(Tidemark tide, OpenDirectories(flags.data_directories,
                                                     /*create_if_missing=*/false, context));
  TM_ASSIGN_OR_RETURN(const Topic topic, OpenTopic(flags, tide));
  TM_ASSIGN_OR_RETURN(const LineProducerOptions options, MakeOptions(flags, tide));

  TM_ASSIGN_OR_RETURN(const absl::optional<Producer> producer_id, OpenProducer(flags, &tide));

  LineProducer producer(topic, producer_id, options, context->console);
  absl::Status status = AddLines(options.topic_bytes_max, &producer, context);
  status.Update(producer.Finish());
  const bool is_whole = status.ok();
  status.Update(EndTransaction(flags, producer_id, status));
  status.Update(tide.Close());
  if (status.ok() || Console::IsBrokenPipe(status)) return status;
  if (flags.commits.has_value() && !is_whole) {
    return Annotate(status, "nothing was committed");
  }
  return absl::Status(status.code(),
                      absl::StrCat(status.message(), "; acknowledged and kept: ",
                                   producer.acknowledged_count(), " of the records before"));
}

}  // namespace

void AddProduceCommand(CLI::App* app, CliContext* context) {
  auto flags = std::make_shared<ProduceFlags>();
  CLI::App* command =
      app->add_subcommand("produce", "Append standard input, a record for each line");
  AddDataDirOption(command, &flags->data_directories);
  command->add_option("--topic", flags->topic, "Topic; it must exist")->required();
  command
      ->add_option("--partition", flags->partition,
                   "Partition; by default by key or, without keys, a batch here and a batch there")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--key-separator", flags->key_separator,
                   "Lines are a key, this text, and a value; \\t stands for a tab")
      ->check([](const std::string& text) {
        return text.empty() ? "the separator must not be empty"
                            : std::string(Unescape(text).status().message());
      });
  command
      ->add_flag("--tombstones", flags->has_tombstones,
                 "A line that ends right behind the separator is a record without a value")
      ->needs("--key-separator");
  command
      ->add_option_function<std::string>(
          "--durability",
          [flags](const std::string& name) { flags->durability = Durabilities().at(name); },
          "What acknowledged means: in the page cache, or on stable storage")
      ->check(CLI::IsMember(Durabilities()))
      ->option_text("buffered|durable");
  command
      ->add_option("--batch-records", flags->batch_records,
                   "Records in a batch at most; by default what comes at once, up to 16 KiB")
      ->check(CLI::PositiveNumber);
  command
      ->add_option_function<std::string>(
          "--compression", [flags](const std::string& name) { flags->codec = Codecs().at(name); },
          "How batches are compressed")
      ->check(CLI::IsMember(Codecs()))
      ->option_text("none|gzip|snappy|lz4|zstd");
  CLI::Option* const idempotent =
      command->add_flag("--idempotent", flags->is_idempotent,
                        "Number the batches of this run, as a producer with an id of its own");
  CLI::Option* const transaction =
      command
          ->add_option_function<std::string>(
              "--transaction",
              [flags](const std::string& name) { flags->commits = TransactionEnds().at(name); },
              "Append everything in one transaction, and end it so")
          ->check(CLI::IsMember(TransactionEnds()))
          ->option_text("commit|abort")
          ->excludes(idempotent);
  command
      ->add_option("--transactional-id", flags->transactional_id,
                   "Of the transaction; what a run with the same id has left open is aborted")
      ->capture_default_str()
      ->needs(transaction);
  command->add_flag("--print-offsets", flags->print_offsets,
                    "Print `partition offset` for each record once it is acknowledged");
  command->callback([flags, context] {
    context->handles_interrupts = true;
    context->action = [flags, context] {
      flags->key_separator = Unescape(flags->key_separator).value();
      return Finish(Produce(*flags, context), context);
    };
  });
}

}  // namespace tidemark
