// The JSON and text of dumps.

#include <string>

#include "api/base/utf8.h"
#include "api/cli/dump_json.h"
#include "api/cli/dump_text.h"
#include "api/cli/text_columns.h"
#include "gtest/gtest.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

// One record with everything, one with nothing.
std::string MakeBatch(const RecordBatchOptions& options) {
  RecordBatchBuilder builder(options);
  const RecordHeader headers[] = {{"h", absl::string_view("1")}, {"none", absl::nullopt}};
  EXPECT_TRUE(
      builder.Add(Record{"key\n", absl::string_view("\xff\0v", 3), headers, Timestamp(1500)}).ok());
  EXPECT_TRUE(builder.Add(Record{{}, {}, {}, Timestamp(1400)}).ok());
  const absl::StatusOr<absl::Span<char>> bytes = builder.Finish();
  EXPECT_TRUE(bytes.ok());
  return std::string(bytes->data(), bytes->size());
}

RecordBatchOptions AllOptions() {
  RecordBatchOptions options;
  options.codec = Codec::kGzip;
  options.producer_id = ProducerId(7);
  options.producer_epoch = ProducerEpoch(2);
  options.base_sequence = Sequence(40);
  options.is_transactional = true;
  options.base_offset = Offset(100);
  options.leader_epoch = LeaderEpoch(3);
  return options;
}

BatchItem MakeItem(const std::string& bytes) {
  const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(bytes);
  EXPECT_TRUE(batch.ok());
  return BatchItem{FilePosition(61), *batch, batch->VerifyCrc()};
}

std::string Json(const DataFileItem& item, const DumpJsonOptions& options = {}) {
  std::string out;
  EXPECT_TRUE(AppendDumpJson(item, options, &out).ok());
  return out;
}

TEST(DumpJson, ShowsABatch) {
  const std::string bytes = MakeBatch(AllOptions());
  EXPECT_EQ(Json(MakeItem(bytes)),
            R"({"base_offset":100,"last_offset":101,"count":2,"partition_leader_epoch":3,)"
            R"("crc_ok":true,"codec":"gzip","producer_id":7,"producer_epoch":2,)"
            R"("base_sequence":40,"transactional":true,"control":false,"marker":null,)"
            R"("coordinator_epoch":null,"timestamp_type":"create","base_timestamp":1500,)"
            R"("max_timestamp":1500,"delete_horizon":null,"position":61,"size":)" +
                std::to_string(bytes.size()) + "}\n");
}

TEST(Dump, ShowsWhatEndsATransactionAndADeleteHorizon) {
  RecordBatchOptions options = AllOptions();
  options.is_control = true;
  options.delete_horizon = Timestamp(1200);
  const std::string bytes = MakeBatch(options);
  BatchItem item = MakeItem(bytes);
  item.marker = TransactionMarker{true, 7};
  std::string json = Json(item);
  EXPECT_NE(json.find(R"("control":true,"marker":"commit","coordinator_epoch":7,)"),
            std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("delete_horizon":1200,)"), std::string::npos) << json;
  std::string text;
  ASSERT_TRUE(DumpText("0.log", false).Append(item, &text).ok());
  EXPECT_NE(text.find(" transactional,control,commit,delete_horizon "), std::string::npos) << text;
  item.marker->is_commit = false;
  EXPECT_NE(Json(item).find(R"("marker":"abort")"), std::string::npos);
}

TEST(DumpJson, ShowsRecordsWithBytesInBase64AndNullWhereAbsent) {
  const std::string bytes = MakeBatch({});
  DumpJsonOptions options;
  options.with_records = true;
  const std::string json = Json(MakeItem(bytes), options);
  EXPECT_NE(json.find(R"("records":[{"offset":0,"timestamp":1500,"key":"key\n",)"
                      R"("key_b64":"a2V5Cg==","value":null,"value_b64":"/wB2",)"
                      R"("headers":[{"key":"h","value_b64":"MQ=="},)"
                      R"({"key":"none","value_b64":null}]},)"
                      R"({"offset":1,"timestamp":1400,"key":null,"key_b64":null,"value":null,)"
                      R"("value_b64":null,"headers":[]}]})"),
            std::string::npos)
      << json;
}

TEST(DumpJson, ShowsABadCrcAndTheRecordsThatCanBeRead) {
  std::string bytes = MakeBatch({});
  bytes.back() ^= 1;
  DumpJsonOptions options;
  options.with_records = true;
  options.file = "a.log";
  std::string out;
  EXPECT_EQ(AppendDumpJson(MakeItem(bytes), options, &out).code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(out.find(R"("crc_ok":false)"), std::string::npos);
  EXPECT_NE(out.find(R"("records":[{"offset":0)"), std::string::npos);
  EXPECT_NE(out.find(R"("file":"a.log"})"), std::string::npos);
  EXPECT_EQ(out.back(), '\n');
}

TEST(DumpJson, ShowsEveryOtherItem) {
  EXPECT_EQ(Json(OffsetIndexItem{Offset(5), FilePosition(10)}), "{\"offset\":5,\"position\":10}\n");
  EXPECT_EQ(Json(TimeIndexItem{Timestamp(5), Offset(10)}), "{\"timestamp\":5,\"offset\":10}\n");
  EXPECT_EQ(Json(AbortedTransactionItem{ProducerId(1), Offset(2), Offset(3), Offset(4)}),
            "{\"producer_id\":1,\"first_offset\":2,\"last_offset\":3,\"last_stable_offset\":4}\n");
  ProducerItem producer;
  producer.producer_id = ProducerId(9);
  EXPECT_EQ(Json(producer),
            R"({"producer_id":9,"producer_epoch":0,"last_sequence":0,"last_offset":0,)"
            R"("last_offset_delta":0,"last_timestamp":0,"coordinator_epoch":-1,)"
            R"("open_transaction_first_offset":null})"
            "\n");
  EXPECT_EQ(Json(LeaderEpochItem{LeaderEpoch(1), Offset(2)}),
            "{\"leader_epoch\":1,\"start_offset\":2}\n");
  EXPECT_EQ(Json(CheckpointItem{{"t", PartitionId(1)}, Offset(2)}),
            "{\"topic\":\"t\",\"partition\":1,\"offset\":2}\n");
  EXPECT_EQ(Json(PropertyItem{"state", "live"}), "{\"name\":\"state\",\"value\":\"live\"}\n");
  EXPECT_EQ(Json(NoteItem{FilePosition(1), "zeros"}), "");
  EXPECT_EQ(Json(DamageItem{FilePosition(1), "bad"}), "");
}

TEST(DumpText, ShowsBatchesRecordsAndNotes) {
  const std::string bytes = MakeBatch(AllOptions());
  DumpText text("x/00000000000000000000.log", /*with_records=*/true);
  std::string out;
  text.AppendHeading(&out);
  EXPECT_EQ(out.substr(0, 36), "x/00000000000000000000.log\nPOSITION ");
  out.clear();
  EXPECT_TRUE(text.Append(MakeItem(bytes), &out).ok());
  EXPECT_NE(out.find(" ok   gzip   transactional  create "), std::string::npos) << out;
  EXPECT_NE(out.find("    offset 100 timestamp 1500 key \"key\\n\" value \"\\xff\\x00v\" "
                     "header \"h\"=\"1\" header \"none\"=null\n"
                     "    offset 101 timestamp 1400 key null value null\n"),
            std::string::npos)
      << out;
  out.clear();
  EXPECT_TRUE(text.Append(NoteItem{FilePosition(9), "zeros"}, &out).ok());
  EXPECT_EQ(out, "# position 9: zeros\n");
}

TEST(DumpText, ShowsOneRowForEachItemOfAnyKind) {
  const DataFileItem items[] = {OffsetIndexItem{},     TimeIndexItem{},   AbortedTransactionItem{},
                                ProducerItem{},        LeaderEpochItem{}, CheckpointItem{},
                                PropertyItem{"a", "b"}};
  for (const DataFileItem& item : items) {
    DumpText text("t.topic", false);
    std::string out;
    EXPECT_TRUE(text.Append(item, &out).ok());
    EXPECT_FALSE(out.empty());
    EXPECT_EQ(out.find('\n'), out.size() - 1);
  }
}

TEST(TextColumns, AlignsWordsLeftAndNumbersRightAndGrows) {
  TextColumns columns({4, 4, 1});
  std::string out;
  columns.AppendRow({"A", "B", "C"}, &out);
  columns.AppendRow({"-1", "word", "x"}, &out);
  columns.AppendRow({"123456", "7", "y"}, &out);
  columns.AppendRow({"1", "7", "z"}, &out);
  EXPECT_EQ(out,
            "A     B     C\n"
            "  -1  word  x\n"
            "123456     7  y\n"
            "     1     7  z\n");
}

TEST(Utf8, FollowsUnicodesTableOfWellFormedSequences) {
  for (const char* good :
       {"", "text", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2x", "\xe0\x9f\xbf", "\xe1\x80", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xe2\x82"}) {
    EXPECT_FALSE(IsUtf8(bad)) << bad;
  }
}

}  // namespace
}  // namespace tidemark
