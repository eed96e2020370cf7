#include "storage/format/recompression.h"

#include <string>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "storage/base/bytes.h"
#include "storage/format/crc32c.h"
#include "storage/format/record_batch_layout.h"
#include "storage/record_batch.h"
#include "storage/record_batch_builder.h"

namespace tidemark {
namespace {

namespace layout = record_batch_layout;

constexpr Codec kCodecs[] = {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};

std::string OneRecord() {
  RecordBatchBuilder builder;
  Record record;
  const std::string value(100, 'v');
  record.value = value;
  EXPECT_TRUE(builder.Add(record).ok());
  const absl::StatusOr<absl::Span<char>> bytes = builder.Finish();
  return {bytes->data(), bytes->size()};
}

// The header alone, as compaction leaves it of a producer's last batch.
std::string Emptied(Codec codec) {
  std::string bytes = OneRecord().substr(0, layout::kHeaderBytes);
  StoreBigEndian(static_cast<int32_t>(bytes.size() - layout::kLengthOverheadBytes),
                 bytes.data() + layout::kBatchLength);
  StoreBigEndian(static_cast<int16_t>(codec), bytes.data() + layout::kAttributes);
  StoreBigEndian(int32_t{0}, bytes.data() + layout::kRecordCount);
  StoreBigEndian(Crc32c(absl::string_view(bytes).substr(layout::kAttributes)),
                 bytes.data() + layout::kCrc);
  return bytes;
}

TEST(Recompression, GivesTheSameRecordsInEveryCodec) {
  const std::string plain = OneRecord();
  for (const Codec codec : kCodecs) {
    const absl::StatusOr<std::string> packed =
        RecompressBatch(*RecordBatchView::Parse(plain), codec, absl::nullopt);
    ASSERT_TRUE(packed.ok()) << packed.status();
    const absl::StatusOr<RecordBatchView> batch = RecordBatchView::Parse(*packed);
    ASSERT_TRUE(batch.ok() && batch->VerifyCrc().ok() && batch->codec() == codec);
    EXPECT_EQ(*RecompressBatch(*batch, Codec::kNone, absl::nullopt), plain);
  }
}

TEST(Recompression, ABatchWithoutRecordsHasNoPayloadInAnyCodec) {
  for (const Codec from : kCodecs) {
    const std::string bytes = Emptied(from);
    for (const Codec to : kCodecs) {
      const absl::StatusOr<std::string> packed =
          RecompressBatch(*RecordBatchView::Parse(bytes), to, absl::nullopt);
      ASSERT_TRUE(packed.ok()) << packed.status();
      EXPECT_EQ(*packed, Emptied(to));
    }
  }
}

}  // namespace
}  // namespace tidemark
