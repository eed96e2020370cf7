// Goal: no bytes, however damaged, make parsing or reading crash, hang or take much memory, and
// damage under the CRC is always found. Method: every single-bit flip of small batches, and seeded
// random damage to larger ones, with the CRC left wrong and with the CRC made right again.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/base/bytes.h"
#include "storage/format/crc32c.h"
#include "storage/format/record_batch_layout.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

constexpr int64_t kDecompressedBytesMax = 1 << 20;
constexpr Codec kCodecs[] = {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};

// SplitMix64: the same numbers on every machine.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}

  uint64_t Roll() {
    uint64_t value = state_ += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
  }
  // From 0 to one below the bound; 0 if that is 0.
  size_t Below(size_t bound) { return bound == 0 ? 0 : Roll() % bound; }

 private:
  uint64_t state_;
};

std::string MakeBatch(Codec codec, int record_count) {
  RecordBatchOptions options;
  options.codec = codec;
  options.base_offset = Offset(1000);
  options.leader_epoch = LeaderEpoch(5);
  RecordBatchBuilder builder(options);
  const RecordHeader headers[] = {{"trace", absl::string_view("abc")}, {"none", absl::nullopt}};
  for (int i = 0; i < record_count; ++i) {
    const std::string value = "value " + std::to_string(i * 7919) + std::string(i % 90, 'p');
    Record record;
    if (i % 3 != 0) record.key = "some key";
    if (i % 5 != 0) record.value = absl::string_view(value);
    if (i % 2 == 0) record.headers = headers;
    record.timestamp = Timestamp(1700000000000 + i);
    EXPECT_TRUE(builder.Add(record).ok());
  }
  const absl::Span<char> batch = *builder.Finish();
  return std::string(batch.data(), batch.size());
}

// What a reader would see of the records, or the first error.
absl::StatusOr<std::string> ReadRecords(const RecordBatchView& batch) {
  absl::StatusOr<RecordReader> reader = RecordReader::Open(batch, kDecompressedBytesMax);
  if (!reader.ok()) return reader.status();
  std::string seen;
  RecordView record;
  while (true) {
    const absl::StatusOr<bool> next = reader->Next(&record);
    if (!next.ok()) return next.status();
    if (!*next) return seen;
    seen += std::to_string(record.offset.value()) + std::to_string(record.timestamp.value()) +
            std::string(record.key.value_or("null")) + std::string(record.value.value_or("null"));
    record.headers.ForEach([&](const RecordHeader& header) {
      seen += std::string(header.key) + std::string(header.value.value_or("null"));
    });
  }
}

bool IsExpectedError(const absl::Status& status) {
  return status.code() == absl::StatusCode::kDataLoss ||
         status.code() == absl::StatusCode::kOutOfRange ||
         status.code() == absl::StatusCode::kInvalidArgument ||
         status.code() == absl::StatusCode::kResourceExhausted;
}

void SumAnew(std::string* batch) {
  if (batch->size() <= layout::kHeaderBytes) return;
  StoreBigEndian(Crc32c(absl::string_view(*batch).substr(layout::kAttributes)),
                 batch->data() + layout::kCrc);
}

TEST(Damage, EveryFlippedBitUnderTheCrcIsFound) {
  for (Codec codec : kCodecs) {
    const std::string batch = MakeBatch(codec, 3);
    for (size_t bit = 8 * layout::kCrc; bit < 8 * batch.size(); ++bit) {
      std::string flipped = batch;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      const absl::StatusOr<RecordBatchView> view = RecordBatchView::Parse(flipped);
      EXPECT_TRUE(!view.ok() || view->VerifyCrc().code() == absl::StatusCode::kDataLoss) << bit;
    }
  }
}

// The bits before the CRC are not summed. Whoever reads a log must find what is left here: a base
// offset that does not continue the log, and a leader epoch that does not fit its neighbours.
TEST(Damage, AFlippedBitBeforeTheCrcIsFoundOrLeavesTheRecordsAsTheyWere) {
  const std::string batch = MakeBatch(Codec::kNone, 3);
  const RecordBatchView original = *RecordBatchView::Parse(batch);
  int undetected = 0;
  for (size_t bit = 0; bit < 8 * layout::kCrc; ++bit) {
    std::string flipped = batch;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const absl::StatusOr<RecordBatchView> view = RecordBatchView::Parse(flipped);
    if (!view.ok()) {
      EXPECT_TRUE(IsExpectedError(view.status())) << view.status();
      continue;
    }
    if (!view->VerifyCrc().ok()) continue;
    ++undetected;
    EXPECT_EQ(view->payload(), original.payload());
    EXPECT_TRUE(view->base_offset() != original.base_offset() ||
                view->leader_epoch() != original.leader_epoch())
        << bit;
  }
  // 63 bits of the base offset and 31 of the epoch: the signs are found.
  EXPECT_EQ(undetected, 63 + 31);
}

TEST(Damage, EveryFlippedBitUnderACrcMadeRightIsRefusedOrReadInBounds) {
  for (Codec codec : kCodecs) {
    const std::string batch = MakeBatch(codec, 3);
    for (size_t bit = 8 * layout::kAttributes; bit < 8 * batch.size(); ++bit) {
      std::string flipped = batch;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      SumAnew(&flipped);
      const absl::StatusOr<RecordBatchView> view = RecordBatchView::Parse(flipped);
      if (!view.ok()) {
        EXPECT_TRUE(IsExpectedError(view.status())) << view.status();
        continue;
      }
      EXPECT_TRUE(view->VerifyCrc().ok());
      const absl::StatusOr<std::string> seen = ReadRecords(*view);
      EXPECT_TRUE(seen.ok() || IsExpectedError(seen.status())) << seen.status();
    }
  }
}

// One random change: bits, a byte, a run of bytes, a cut, an insertion, or a copy of another part.
void Mutate(Dice* dice, std::string* bytes) {
  const size_t at = dice->Below(bytes->size());
  switch (dice->Below(6)) {
    case 0:
      (*bytes)[at] = static_cast<char>((*bytes)[at] ^ (1 << dice->Below(8)));
      break;
    case 1:
      (*bytes)[at] = static_cast<char>(dice->Roll());
      break;
    case 2:
      for (size_t i = at; i < std::min(bytes->size(), at + 1 + dice->Below(8)); ++i) {
        (*bytes)[i] = static_cast<char>(dice->Below(2) == 0 ? 0xff : 0x00);
      }
      break;
    case 3:
      bytes->erase(at, 1 + dice->Below(20));
      break;
    case 4:
      bytes->insert(at, 1 + dice->Below(20), static_cast<char>(dice->Roll()));
      break;
    default:
      bytes->replace(at, 1 + dice->Below(30),
                     bytes->substr(dice->Below(bytes->size()), 1 + dice->Below(30)));
      break;
  }
}

TEST(Damage, RandomChangesNeitherCrashNorPassTheCrc) {
  constexpr int kRounds = 4000;
  for (Codec codec : kCodecs) {
    Dice dice(20240229 + static_cast<uint64_t>(codec));
    const std::string batch = MakeBatch(codec, 40);
    for (int round = 0; round < kRounds; ++round) {
      std::string bytes = batch;
      const size_t changes = 1 + dice.Below(4);
      for (size_t i = 0; i < changes && !bytes.empty(); ++i) Mutate(&dice, &bytes);
      const bool is_sum_made_right = round % 2 == 0;
      if (is_sum_made_right) {
        if (bytes.size() > layout::kHeaderBytes) {
          StoreBigEndian(static_cast<int32_t>(bytes.size() - layout::kLengthOverheadBytes),
                         bytes.data() + layout::kBatchLength);
        }
        SumAnew(&bytes);
      }
      const absl::StatusOr<RecordBatchView> view = RecordBatchView::Parse(bytes);
      if (!view.ok()) {
        ASSERT_TRUE(IsExpectedError(view.status())) << view.status() << " in round " << round;
        continue;
      }
      if (!is_sum_made_right && view->VerifyCrc().ok()) {
        ASSERT_EQ(view->bytes().substr(layout::kMagic),
                  absl::string_view(batch).substr(layout::kMagic))
            << "round " << round;
      }
      const absl::StatusOr<std::string> seen = ReadRecords(*view);
      ASSERT_TRUE(seen.ok() || IsExpectedError(seen.status()))
          << seen.status() << " in round " << round;
    }
  }
}

TEST(Damage, RandomBytesNeverPass) {
  Dice dice(7);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(dice.Below(200), '\0');
    for (char& byte : bytes) byte = static_cast<char>(dice.Roll());
    if (bytes.size() > layout::kMagic) bytes[layout::kMagic] = 2;
    const absl::StatusOr<RecordBatchView> view = RecordBatchView::Parse(bytes);
    EXPECT_TRUE(!view.ok() || !view->VerifyCrc().ok()) << round;
  }
}

}  // namespace
}  // namespace tidemark
