// Keys and values of `__transaction_state`, as bytes.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "api/transactions/transaction_key.h"
#include "api/transactions/transaction_value.h"

namespace tidemark {
namespace {

std::string Hex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

absl::StatusOr<TransactionValue> ParseHex(absl::string_view hex) {
  return TransactionValue::Parse(absl::HexStringToBytes(hex));
}

// Field by field, from the message definitions.
constexpr absl::string_view kOngoing =
    "0001"
    "0000000000000457"
    "0005"
    "0000ea60"
    "01"  // Version, id, epoch, timeout, Ongoing.
    "03"  // Two topics.
    "0261"
    "02"
    "00000007"
    "00"  // "a", one partition.
    "0262"
    "03"
    "00000000"
    "00000001"
    "00"  // "b", two.
    "000000000000000b"
    "000000000000000a"  // Last update, start.
    "01"
    "02"
    "02"
    "0002";  // One tag: client transaction version 2.

TransactionValue Ongoing() {
  TransactionValue value;
  value.producer_id = ProducerId(1111);
  value.producer_epoch = ProducerEpoch(5);
  value.timeout = absl::Minutes(1);
  value.status = TransactionStatus::kOngoing;
  value.partitions = {{"a", PartitionId(7)}, {"b", PartitionId(0)}, {"b", PartitionId(1)}};
  value.last_update_time = Timestamp(11);
  value.start_time = Timestamp(10);
  value.client_transaction_version = 2;
  return value;
}

TEST(TransactionKey, IsAVersionAndAString) {
  EXPECT_EQ(Hex(EncodeTransactionKey("tx")), "000000027478");
  EXPECT_EQ(ParseTransactionKey(EncodeTransactionKey("tx")).value(), "tx");
}

TEST(TransactionKey, RefusesWhatIsCutShortLeftOverOrNewer) {
  for (const absl::string_view hex :
       {"", "00", "0000", "00000002", "0000000274", "0000000274787a", "0000ffff", "ffff00027478"}) {
    EXPECT_TRUE(absl::IsDataLoss(ParseTransactionKey(absl::HexStringToBytes(hex)).status())) << hex;
  }
  EXPECT_TRUE(
      absl::IsUnimplemented(ParseTransactionKey(absl::HexStringToBytes("000100027478")).status()));
}

TEST(TransactionValue, IsWrittenAsKafkaDoes) {
  EXPECT_EQ(Hex(Ongoing().Encode()), kOngoing);
  TransactionValue empty;
  empty.producer_id = ProducerId(1);
  empty.producer_epoch = ProducerEpoch(0);
  empty.timeout = absl::Milliseconds(1);
  EXPECT_EQ(Hex(empty.Encode()),
            "0001"
            "0000000000000001"
            "0000"
            "00000001"
            "00"
            "00"
            "ffffffffffffffff"
            "ffffffffffffffff"
            "00");
}

TEST(TransactionValue, ComesBackAsItWasWithAllTags) {
  TransactionValue value = Ongoing();
  value.previous_producer_id = ProducerId(7);
  value.next_producer_id = ProducerId(8);
  EXPECT_EQ(TransactionValue::Parse(value.Encode()).value(), value);
  EXPECT_EQ(ParseHex(kOngoing).value(), Ongoing());
}

TEST(TransactionValue, IsReadInVersionZero) {
  const TransactionValue value = ParseHex(
                                     "0000"
                                     "0000000000000457"
                                     "0005"
                                     "0000ea60"
                                     "04"
                                     "00000001"
                                     "0001"
                                     "61"
                                     "00000001"
                                     "00000007"
                                     "000000000000000b"
                                     "000000000000000a")
                                     .value();
  EXPECT_EQ(value.status, TransactionStatus::kCompleteCommit);
  EXPECT_EQ(value.partitions, (std::set<TopicPartition>{{"a", PartitionId(7)}}));
  EXPECT_EQ(value.client_transaction_version, 0);
  EXPECT_TRUE(ParseHex("0000"
                       "0000000000000457"
                       "0005"
                       "0000ea60"
                       "00"
                       "ffffffff"
                       "000000000000000b"
                       "ffffffffffffffff")
                  .value()
                  .partitions.empty());
}

TEST(TransactionValue, OneThatIsEmptyHasNoPartitionsWhateverStandsThere) {
  std::string bytes = absl::HexStringToBytes(kOngoing);
  constexpr size_t kStatusPosition = 16;
  bytes[kStatusPosition] = 0;
  const absl::StatusOr<TransactionValue> value = TransactionValue::Parse(bytes);
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(value->status, TransactionStatus::kEmpty);
  EXPECT_TRUE(value->partitions.empty());
}

TEST(TransactionValue, PassesOverTagsThatItDoesNotKnow) {
  std::string hex(kOngoing);
  hex.replace(hex.size() - 10, 2, "02");  // Two tags now.
  EXPECT_EQ(ParseHex(hex + "03"
                           "02"
                           "0009")
                .value(),
            Ongoing());
}

TEST(TransactionValue, RefusesEveryCutEveryExcessAndUnknownNumbers) {
  const std::string bytes = Ongoing().Encode();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(TransactionValue::Parse(bytes.substr(0, size)).status())) << size;
  }
  EXPECT_TRUE(absl::IsDataLoss(TransactionValue::Parse(bytes + "x").status()));
  for (const absl::string_view status : {"08", "ff"}) {
    std::string hex(kOngoing);
    hex.replace(32, 2, status.data(), 2);
    EXPECT_TRUE(absl::IsDataLoss(ParseHex(hex).status())) << status;
  }
  std::string huge(kOngoing);
  huge.replace(34, 2, "ffffffff0f");  // Two thousand million topics.
  EXPECT_TRUE(absl::IsDataLoss(ParseHex(huge).status()));
  EXPECT_TRUE(absl::IsUnimplemented(ParseHex("0002").status()));
}

}  // namespace
}  // namespace tidemark
