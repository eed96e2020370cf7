#include "storage/format/control_record.h"

#include <gtest/gtest.h>

#include "absl/strings/string_view.h"

namespace tidemark {
namespace {

template <typename Bytes>
absl::string_view View(const Bytes& bytes) {
  return absl::string_view(bytes.data(), bytes.size());
}

TEST(ControlRecordKey, HasKafkasBytes) {
  ControlRecordKey key;
  EXPECT_EQ(View(key.Encode()), absl::string_view("\0\0\0\0", 4));
  key.type = ControlRecordType::kCommit;
  EXPECT_EQ(View(key.Encode()), absl::string_view("\0\0\0\1", 4));
}

TEST(ControlRecordKey, ReadsKnownUnknownAndNewerKeys) {
  const auto commit = ControlRecordKey::Parse(absl::string_view("\0\0\0\1", 4));
  ASSERT_TRUE(commit.ok()) << commit.status();
  EXPECT_EQ(commit->type, ControlRecordType::kCommit);
  const auto newer = ControlRecordKey::Parse(absl::string_view("\0\5\0\x63more", 8));
  ASSERT_TRUE(newer.ok()) << newer.status();
  EXPECT_EQ(newer->version, 5);
  EXPECT_EQ(static_cast<int>(newer->type), 0x63);
}

TEST(ControlRecordKey, RefusesShortKeysAndNegativeVersions) {
  EXPECT_EQ(ControlRecordKey::Parse("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ControlRecordKey::Parse(absl::string_view("\0\0\0", 3)).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(ControlRecordKey::Parse(absl::string_view("\xff\xff\0\0", 4)).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(EndTransactionMarker, ReadsBackWhatItWrites) {
  EndTransactionMarker marker;
  marker.coordinator_epoch = 0x01020304;
  const auto bytes = marker.Encode();
  EXPECT_EQ(View(bytes), absl::string_view("\0\0\1\2\3\4", 6));
  const auto found = EndTransactionMarker::Parse(View(bytes));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->coordinator_epoch, 0x01020304);
}

TEST(EndTransactionMarker, RefusesShortValuesAndNegativeVersions) {
  EXPECT_EQ(EndTransactionMarker::Parse(absl::string_view("\0\0\1\2\3", 5)).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(EndTransactionMarker::Parse(absl::string_view("\x80\0\1\2\3\4", 6)).status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tidemark
