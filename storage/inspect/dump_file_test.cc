// What DumpFile passes for each kind of file, sound and damaged.

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "storage/format/file_names.h"
#include "storage/format/producer_snapshot.h"
#include "storage/inspect.h"
#include "storage/inspect/test_log.h"
#include "storage/memory_env.h"

namespace tidemark {
namespace {

// An item in short.
struct ItemText {
  std::string operator()(const BatchItem& item) const {
    return absl::StrCat("batch ", item.position.value(), " ", item.batch.base_offset().value(),
                        item.crc.ok() ? "" : " bad");
  }
  std::string operator()(const OffsetIndexItem& item) const {
    return absl::StrCat(item.offset.value(), "->", item.position.value());
  }
  std::string operator()(const TimeIndexItem& item) const {
    return absl::StrCat(item.timestamp.value(), "->", item.offset.value());
  }
  std::string operator()(const AbortedTransactionItem& item) const {
    return absl::StrCat("aborted ", item.producer_id.value(), " ", item.first_offset.value(), "-",
                        item.last_offset.value(), " ", item.last_stable_offset.value());
  }
  std::string operator()(const ProducerItem& item) const {
    return absl::StrCat("producer ", item.producer_id.value(), " ", item.last_offset.value());
  }
  std::string operator()(const LeaderEpochItem& item) const {
    return absl::StrCat("epoch ", item.leader_epoch.value(), " ", item.start_offset.value());
  }
  std::string operator()(const CheckpointItem& item) const {
    return absl::StrCat(item.topic_partition.topic, "-", item.topic_partition.partition.value(),
                        "=", item.offset.value());
  }
  std::string operator()(const PropertyItem& item) const {
    return absl::StrCat(item.name, "=", item.value);
  }
  std::string operator()(const NoteItem& item) const {
    return absl::StrCat("note ", item.position.value());
  }
  std::string operator()(const DamageItem& item) const {
    return absl::StrCat("damage ", item.position.value());
  }
};

class DumpFileTest : public testing::Test {
 protected:
  DumpFileTest() : log_(Offset(100)) {
    log_.Append({{}, LeaderEpoch(0), 3, Timestamp(1000)});
    log_.Append({{}, LeaderEpoch(2), 3, Timestamp(2000)});
    log_.Append({{}, LeaderEpoch(2), 3, Timestamp(3000)});
  }

  std::string Dump(const std::string& path) {
    std::vector<std::string> items;
    status_ = DumpFile(&file_system_, path, [&](const DataFileItem& item) {
      items.push_back(std::visit(ItemText(), item));
      return true;
    });
    return absl::StrJoin(items, ", ");
  }

  // The same for a file with these contents.
  std::string DumpBytes(const std::string& name, absl::string_view bytes) {
    const std::string path = absl::StrCat("/", name);
    PutFile(&file_system_, path, bytes);
    return Dump(path);
  }

  MemoryFileSystem file_system_;
  TestLog log_;
  absl::Status status_;
};

TEST_F(DumpFileTest, PassesTheFilesOfAPartition) {
  log_.WriteClosed(&file_system_);
  const int64_t size = log_.batch_positions(0)[1];
  EXPECT_EQ(Dump(log_.LogPath(0)),
            absl::StrCat("batch 0 100, batch ", size, " 103, batch ", 2 * size, " 106"));
  EXPECT_EQ(Dump(log_.IndexPath(0)), absl::StrCat("105->", size, ", 108->", 2 * size));
  EXPECT_EQ(Dump(log_.TimeIndexPath(0)), "2002->105, 3002->108");
  EXPECT_EQ(Dump("/data/t-0/leader-epoch-checkpoint"), "epoch 0 100, epoch 2 103");
  EXPECT_EQ(Dump("/data/t-0/partition.metadata"), "topic_id=AAAAAAAAAAAAAAAAAAAABw");
  EXPECT_EQ(Dump("/data/recovery-point-offset-checkpoint"), "t-0=109");
  EXPECT_EQ(Dump("/data/log-start-offset-checkpoint"), "");
  EXPECT_EQ(Dump("/data/t.topic"),
            "topic_id=AAAAAAAAAAAAAAAAAAAABw, state=live, partitions=1, offset_gaps=no");
  EXPECT_EQ(Dump("/data/.kafka_cleanshutdown"), "brokerEpoch=-1");
  EXPECT_TRUE(status_.ok());
}

TEST_F(DumpFileTest, PassesKafkasOtherFiles) {
  EXPECT_EQ(DumpBytes("meta.properties", "#comment\n#date\nnode.id=1\nversion=1\n"),
            "node.id=1, version=1");
  TransactionIndexEntry entry;
  entry.producer_id = ProducerId(7);
  entry.first_offset = Offset(3);
  entry.last_offset = Offset(9);
  entry.last_stable_offset = Offset(3);
  char bytes[TransactionIndexEntry::kBytes];
  entry.Encode(bytes);
  EXPECT_EQ(DumpBytes("00000000000000000000.txnindex", absl::string_view(bytes, sizeof(bytes))),
            "aborted 7 3-9 3");
  ProducerSnapshotEntry producer;
  producer.producer_id = ProducerId(8);
  producer.last_offset = Offset(5);
  EXPECT_EQ(DumpBytes("00000000000000000006.snapshot", FormatProducerSnapshot({producer})),
            "producer 8 5");
}

TEST_F(DumpFileTest, PassesTheProducerIdsThatWereGivenAway) {
  const std::string text = "version: 0\nnext_producer_id: 4611686018427388904\ncrc32c: 7b251fcf\n";
  EXPECT_EQ(DumpBytes("tidemark.producer-ids", text), "next_producer_id=4611686018427388904");
  EXPECT_EQ(DumpBytes("tidemark.producer-ids", text.substr(1)), "damage 0");
  EXPECT_TRUE(status_.ok());
  // One that a later release may write.
  EXPECT_EQ(DumpBytes("tidemark.producer-ids", "version: 1\ncrc32c: b9bcba00\n"), "");
  EXPECT_EQ(status_.code(), absl::StatusCode::kFailedPrecondition) << status_;
}

TEST_F(DumpFileTest, KnowsFilesByTheirNames) {
  EXPECT_EQ(DataFileKindOf("/a/00000000000000000000.log"), DataFileKind::kLog);
  EXPECT_EQ(DataFileKindOf("copy.log"), DataFileKind::kLog);
  EXPECT_EQ(DataFileKindOf("00000000000000000000.log.deleted"), DataFileKind::kLog);
  EXPECT_EQ(DataFileKindOf("00000000000000000000.timeindex.swap"), DataFileKind::kTimeIndex);
  EXPECT_EQ(DataFileKindOf("x/tidemark.properties"), DataFileKind::kTopicSettings);
  EXPECT_EQ(DataFileKindOf("replication-offset-checkpoint"), DataFileKind::kOffsetCheckpoint);
  EXPECT_EQ(DataFileKindOf("00000000000000000000.log/passwd"), DataFileKind::kUnknown);
}

TEST_F(DumpFileTest, EndsWhenTheVisitorHasHadEnough) {
  log_.WriteClosed(&file_system_);
  for (const std::string& path :
       {log_.LogPath(0), log_.IndexPath(0), log_.TimeIndexPath(0), std::string("/data/t.topic")}) {
    int count = 0;
    EXPECT_TRUE(DumpFile(&file_system_, path, [&](const DataFileItem&) {
                  ++count;
                  return false;
                }).ok());
    EXPECT_EQ(count, 1) << path;
  }
}

TEST_F(DumpFileTest, PassesWhatIsBehindDamage) {
  log_.WriteClosed(&file_system_);
  const int64_t size = log_.batch_positions(0)[1];
  FlipBit(&file_system_, log_.LogPath(0), 90 * 8);
  EXPECT_EQ(Dump(log_.LogPath(0)), absl::StrCat("batch 0 100 bad, damage 0, batch ", size,
                                                " 103, batch ", 2 * size, " 106"));
  FlipBit(&file_system_, log_.LogPath(0), 90 * 8);
  FlipBit(&file_system_, log_.LogPath(0), (size + 8) * 8 + 6);
  EXPECT_EQ(Dump(log_.LogPath(0)),
            absl::StrCat("batch 0 100, damage ", size, ", batch ", 2 * size, " 106"));
  FlipBit(&file_system_, log_.IndexPath(0), 8 * 8 + 7);
  EXPECT_TRUE(absl::StrContains(Dump(log_.IndexPath(0)), "damage 8"));
  EXPECT_TRUE(status_.ok());
}

TEST_F(DumpFileTest, PassesDamageOfSideFiles) {
  EXPECT_EQ(DumpBytes("leader-epoch-checkpoint", "0\n2\n0 0\n"), "damage 0");
  EXPECT_EQ(DumpBytes("partition.metadata", ""), "damage 0");
  EXPECT_EQ(DumpBytes("t.topic", "version: 0\n"), "damage 0");
  EXPECT_EQ(DumpBytes("00000000000000000006.snapshot", "x"), "damage 0");
  EXPECT_EQ(DumpBytes("00000000000000000000.index", "abc"), "damage 0");
  EXPECT_TRUE(status_.ok());
}

TEST_F(DumpFileTest, NotesPreallocatedSpace) {
  log_.WriteKilled(&file_system_);
  const auto size = static_cast<int64_t>(log_.log_bytes(0).size());
  EXPECT_TRUE(absl::EndsWith(Dump(log_.LogPath(0)), absl::StrCat("note ", size)));
  const std::string index(80, '\0');
  EXPECT_EQ(DumpBytes("00000000000000000000.index", index), "note 0");
  EXPECT_EQ(DumpBytes("00000000000000000000.timeindex", index.substr(0, 60)), "note 0");
}

TEST_F(DumpFileTest, NotesWhatAKilledWriterLeftWhereOneMayHaveBeen) {
  log_.WriteKilled(&file_system_);
  const auto size = static_cast<int64_t>(log_.log_bytes(0).size());
  const std::string torn = log_.log_bytes(0) + MakeTestBatch({log_.end()}).substr(0, 80);
  PutFile(&file_system_, log_.LogPath(0), torn);
  EXPECT_TRUE(absl::EndsWith(Dump(log_.LogPath(0)), absl::StrCat("note ", size)));
  EXPECT_TRUE(
      absl::EndsWith(DumpBytes("00000000000000000100.log", torn), absl::StrCat("damage ", size)))
      << "outside of a data directory";
  MemoryFileSystem closed;
  log_.WriteClosed(&closed);
  PutFile(&closed, log_.LogPath(0), torn);
  bool has_damage = false;
  ASSERT_TRUE(DumpFile(&closed, log_.LogPath(0), [&](const DataFileItem& item) {
                has_damage = has_damage || std::holds_alternative<DamageItem>(item);
                return true;
              }).ok());
  EXPECT_TRUE(has_damage);
}

TEST_F(DumpFileTest, RefusesWhatIsNoDataFile) {
  EXPECT_EQ(DumpBytes("notes.txt", "text"), "");
  EXPECT_EQ(status_.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DumpBytes("system.log",
                      "Nov 20 10:33 started\nNov 20 10:34 stopped, as it should\n"
                      "Nov 20 10:35 started\n"),
            "");
  EXPECT_EQ(status_.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DumpBytes("00000000000000000000.log", std::string(100, 'x')), "damage 0");
  EXPECT_TRUE(status_.ok()) << "a segment by its name";
  std::string old(100, '\0');
  old[11] = 88;
  old[16] = 1;
  EXPECT_EQ(DumpBytes("00000000000000000000.log", old), "");
  EXPECT_EQ(status_.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status_.message(), "0.11")) << status_;
  EXPECT_EQ(Dump("/nowhere.log"), "");
  EXPECT_EQ(status_.code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(file_system_.CreateDirectory("/dir.log").ok());
  EXPECT_EQ(Dump("/dir.log"), "");
  EXPECT_FALSE(status_.ok());
}

}  // namespace
}  // namespace tidemark
