// Goal: files and regions behave as storage/env.h says. Method: each promise once, through the
// interface alone.

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <limits>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/types/span.h"
#include "storage/env/file_system_conformance.h"

namespace tidemark {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

std::string Pattern(size_t bytes) {
  std::string pattern(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) pattern[i] = static_cast<char>('a' + i % 23);
  return pattern;
}

TEST_P(FileSystemConformance, ReadReturnsWhatWasWrittenAcrossPages) {
  const std::string bytes = Pattern(20000);
  const std::unique_ptr<File> file = MakeFile("f", bytes);
  for (const size_t position : {0, 1, 4095, 4096, 8191, 19999}) {
    for (const size_t length : {1, 4096, 5000, 12288}) {
      std::string out(length, '?');
      const std::string expected = bytes.substr(position, length);
      ASSERT_EQ(file->Read(static_cast<int64_t>(position), absl::MakeSpan(out)).value(),
                expected.size());
      EXPECT_EQ(out.substr(0, expected.size()), expected) << position << " " << length;
      EXPECT_EQ(out.substr(expected.size()), std::string(length - expected.size(), '?'));
    }
  }
}

TEST_P(FileSystemConformance, ReadIsShortOnlyAtTheEnd) {
  const std::unique_ptr<File> file = MakeFile("f", "0123456789");
  std::string out(8, '\0');
  EXPECT_EQ(file->Read(6, absl::MakeSpan(out)).value(), 4);
  EXPECT_EQ(file->Read(10, absl::MakeSpan(out)).value(), 0);
  EXPECT_EQ(file->Read(int64_t{1} << 40, absl::MakeSpan(out)).value(), 0);
  EXPECT_EQ(file->Read(3, absl::Span<char>()).value(), 0);
}

TEST_P(FileSystemConformance, WriteOverwritesExtendsAndLeavesZerosInGaps) {
  const std::unique_ptr<File> file = MakeFile("f", "0123456789");
  EXPECT_TRUE(file->Write(3, "abc").ok());
  EXPECT_EQ(ReadAll(file.get()), "012abc6789");
  EXPECT_TRUE(file->Write(9, "xyz").ok());
  EXPECT_EQ(ReadAll(file.get()), "012abc678xyz");
  EXPECT_TRUE(file->Write(9000, "end").ok());
  EXPECT_EQ(ReadAll(file.get()), "012abc678xyz" + std::string(9000 - 12, '\0') + "end");
  EXPECT_TRUE(file->Write(20000, "").ok());
  EXPECT_EQ(file->Size().value(), 9003);
}

TEST_P(FileSystemConformance, ImpossibleRangesAreInvalid) {
  const std::unique_ptr<File> file = MakeFile("f", "x");
  const std::shared_ptr<MappedRegion> region = MapFile(file.get(), MapMode::kReadWrite, 1);
  std::string out(2, '\0');
  const auto invalid = absl::StatusCode::kInvalidArgument;
  for (const int64_t position : {int64_t{-1}, kMax}) {
    EXPECT_EQ(file->Read(position, absl::MakeSpan(out)).status().code(), invalid);
    EXPECT_EQ(file->Write(position, out).code(), invalid);
    EXPECT_EQ(region->Populate(position, 1).code(), invalid);
    EXPECT_EQ(region->Sync(position, 1).code(), invalid);
  }
  EXPECT_EQ(region->Populate(0, -1).code(), invalid);
  EXPECT_EQ(region->Sync(0, -1).code(), invalid);
  EXPECT_EQ(file->Truncate(-1).code(), invalid);
  EXPECT_EQ(file->Allocate(-1).code(), invalid);
  EXPECT_EQ(file->Map(MapMode::kRead, 0).status().code(), invalid);
  EXPECT_EQ(file->Map(MapMode::kRead, -1).status().code(), invalid);
  EXPECT_EQ(ReadAll(file.get()), "x");
}

TEST_P(FileSystemConformance, AFileOpenedForReadingCannotBeChanged) {
  MakeFile("f", "x");
  const std::unique_ptr<File> file = OpenFile("f", OpenMode::kRead);
  const auto refused = absl::StatusCode::kFailedPrecondition;
  EXPECT_EQ(file->Write(0, "y").code(), refused);
  EXPECT_EQ(file->Truncate(0).code(), refused);
  EXPECT_EQ(file->Allocate(10).code(), refused);
  EXPECT_EQ(file->Map(MapMode::kReadWrite, 1).status().code(), refused);
  EXPECT_EQ(MapFile(file.get(), MapMode::kRead, 1)->Sync(0, 1).code(), refused);
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_EQ(ReadAll(file.get()), "x");
}

TEST_P(FileSystemConformance, WriteDurablyPutsPartsOneBehindTheOther) {
  const std::unique_ptr<File> file = MakeFile("f", Pattern(10));
  const std::string large = Pattern(20000);
  EXPECT_TRUE(file->WriteDurably(4, {"ab", "", large, "c"}).ok());
  EXPECT_EQ(ReadAll(file.get()), absl::StrCat(Pattern(4), "ab", large, "c"));
  // More parts than the system takes in one call.
  std::vector<absl::string_view> many(3000, "xy");
  many.push_back("");
  EXPECT_TRUE(file->WriteDurably(2, many).ok());
  EXPECT_EQ(ReadAll(file.get()).substr(5998), absl::StrCat("xyxy", large.substr(5996), "c"));
  EXPECT_TRUE(file->WriteDurably(1, {}).ok());
  EXPECT_EQ(file->WriteDurably(-1, {"x"}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(OpenFile("f", OpenMode::kRead)->WriteDurably(0, {"x"}).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_P(FileSystemConformance, TruncateCutsAndGrowsWithZeros) {
  const std::unique_ptr<File> file = MakeFile("f", Pattern(10000));
  EXPECT_TRUE(file->Truncate(5000).ok());
  EXPECT_EQ(file->Size().value(), 5000);
  EXPECT_TRUE(file->Truncate(12000).ok());
  EXPECT_EQ(ReadAll(file.get()), Pattern(5000) + std::string(7000, '\0'));
  EXPECT_TRUE(file->Truncate(0).ok());
  EXPECT_EQ(ReadAll(file.get()), "");
}

TEST_P(FileSystemConformance, AllocateExtendsWithZerosAndNeverShrinks) {
  const std::unique_ptr<File> file = MakeFile("f", "abc");
  EXPECT_TRUE(file->Allocate(10000).ok());
  EXPECT_EQ(ReadAll(file.get()), "abc" + std::string(9997, '\0'));
  EXPECT_TRUE(file->Allocate(4).ok());
  EXPECT_TRUE(file->Allocate(0).ok());
  EXPECT_EQ(file->Size().value(), 10000);
}

TEST_P(FileSystemConformance, AllocateWithoutRoomIsResourceExhaustedAndChangesNothing) {
  const std::unique_ptr<File> file = MakeFile("f", "abc");
  const absl::Status status = file->Allocate(int64_t{1} << 60);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_NE(status.message().find(Path("f")), absl::string_view::npos);
  EXPECT_EQ(ReadAll(file.get()), "abc");
}

TEST_P(FileSystemConformance, RegionsReadsAndWritesShareTheFilesBytes) {
  const std::unique_ptr<File> file = MakeFile("f", Pattern(9000));
  const auto writer = MapFile(file.get(), MapMode::kReadWrite, 9000);
  const auto reader = MapFile(OpenFile("f", OpenMode::kRead).get(), MapMode::kRead, 9000);
  ASSERT_TRUE(writer->Populate(0, 9000).ok());
  ASSERT_TRUE(reader->Populate(0, 9000).ok());
  EXPECT_EQ(std::string(reader->data(), 9000), Pattern(9000));
  std::memcpy(writer->data() + 4090, "0123456789", 10);
  EXPECT_EQ(std::string(reader->data() + 4090, 10), "0123456789");
  EXPECT_EQ(ReadAll(file.get()).substr(4090, 10), "0123456789");
  ASSERT_TRUE(file->Write(4092, "XY").ok());
  EXPECT_EQ(std::string(reader->data() + 4090, 10), "01XY456789");
  EXPECT_EQ(std::string(writer->data() + 4090, 10), "01XY456789");
}

TEST_P(FileSystemConformance, PopulateKeepsContentsAndChecksTheEndOfTheFile) {
  const std::unique_ptr<File> file = MakeFile("f", Pattern(5000));
  for (const MapMode mode : {MapMode::kRead, MapMode::kReadWrite}) {
    const auto region = MapFile(file.get(), mode, 100000);
    EXPECT_EQ(region->size_bytes(), 100000);
    EXPECT_TRUE(region->Populate(0, 5000).ok());
    EXPECT_TRUE(region->Populate(4999, 1).ok());
    EXPECT_TRUE(region->Populate(5000, 0).ok());
    EXPECT_EQ(std::string(region->data(), 5000), Pattern(5000));
    const auto beyond = absl::StatusCode::kOutOfRange;
    EXPECT_EQ(region->Populate(0, 16384).code(), beyond);
    EXPECT_EQ(region->Populate(8192, 1).code(), beyond);
    EXPECT_EQ(region->Populate(99999, 2).code(), beyond);
    EXPECT_TRUE(region->PopulateForReading(0, 5000).ok());
    EXPECT_EQ(region->PopulateForReading(8192, 1).code(), beyond);
    EXPECT_EQ(region->PopulateForReading(99999, 2).code(), beyond);
    EXPECT_EQ(region->Sync(99999, 2).code(), beyond);
  }
  EXPECT_EQ(ReadAll(file.get()), Pattern(5000));
}

TEST_P(FileSystemConformance, ARegionMayReachBeyondTheEndAndFollowsTheFileAsItGrows) {
  const std::unique_ptr<File> file = OpenFile("f");
  const auto region = MapFile(file.get(), MapMode::kReadWrite, 1 << 20);
  EXPECT_EQ(region->Populate(0, 1).code(), absl::StatusCode::kOutOfRange);
  ASSERT_TRUE(file->Allocate(8192).ok());
  ASSERT_TRUE(region->Populate(0, 8192).ok());
  std::memcpy(region->data() + 8000, "tail", 4);
  ASSERT_TRUE(file->Write(8192, "grown").ok());
  ASSERT_TRUE(region->Populate(8192, 5).ok());
  EXPECT_EQ(std::string(region->data() + 8192, 5), "grown");
  EXPECT_EQ(ReadAll(file.get()).substr(8000, 4), "tail");
}

TEST_P(FileSystemConformance, ARegionSeesATruncationAndItsPlaceGrownAgainAsZeros) {
  const std::unique_ptr<File> file = MakeFile("f", Pattern(20000));
  const auto region = MapFile(file.get(), MapMode::kReadWrite, 20000);
  ASSERT_TRUE(region->Populate(0, 20000).ok());
  ASSERT_TRUE(file->Truncate(4100).ok());
  EXPECT_EQ(region->Populate(8192, 1).code(), absl::StatusCode::kOutOfRange);
  ASSERT_TRUE(file->Allocate(20000).ok());
  ASSERT_TRUE(region->Populate(0, 20000).ok());
  const std::string expected = Pattern(4100) + std::string(15900, '\0');
  EXPECT_EQ(std::string(region->data(), 20000), expected);
  EXPECT_EQ(ReadAll(file.get()), expected);
}

TEST_P(FileSystemConformance, ARegionOutlivesItsFileAndItsName) {
  std::unique_ptr<File> file = MakeFile("f", Pattern(10000));
  auto region = MapFile(file.get(), MapMode::kReadWrite, 10000);
  file.reset();
  ASSERT_TRUE(region->Populate(0, 5000).ok());
  ASSERT_TRUE(file_system_->Rename(Path("f"), Path("g")).ok());
  MakeFile("f", "another");
  ASSERT_TRUE(region->Populate(0, 10000).ok());
  region->data()[9999] = '!';
  EXPECT_TRUE(region->Sync(0, 10000).ok());
  EXPECT_EQ(Contents("g").substr(9998), Pattern(10000).substr(9998, 1) + "!");
  ASSERT_TRUE(file_system_->Remove(Path("g")).ok());
  EXPECT_EQ(std::string(region->data(), 9999), Pattern(9999));
  EXPECT_TRUE(region->Sync(0, 10000).ok());
  EXPECT_EQ(region->Populate(0, 10001).code(), absl::StatusCode::kOutOfRange);
}

TEST_P(FileSystemConformance, ARegionWhoseFileIsClosedStillKnowsTheEndOfTheFile) {
  const auto region = MapFile(MakeFile("f", Pattern(5000)).get(), MapMode::kReadWrite, 50000);
  EXPECT_TRUE(region->Populate(0, 5000).ok());
  EXPECT_EQ(region->Populate(0, 16384).code(), absl::StatusCode::kOutOfRange);
}

TEST_P(FileSystemConformance, RegionsSyncAnyPartOfThemselves) {
  const std::unique_ptr<File> file = MakeFile("f", Pattern(9000));
  const auto region = MapFile(file.get(), MapMode::kReadWrite, 1 << 20);
  EXPECT_TRUE(region->Sync(0, 9000).ok());
  EXPECT_TRUE(region->Sync(5000, 0).ok());
  EXPECT_TRUE(region->Sync(1 << 20, 0).ok());
  EXPECT_TRUE(region->Sync(0, 1 << 20).ok());
  EXPECT_TRUE(MapFile(file.get(), MapMode::kRead, 9000)->Sync(100, 100).ok());
}

TEST_P(FileSystemConformance, MapWithoutAddressSpaceIsResourceExhausted) {
  const std::unique_ptr<File> file = MakeFile("f", "x");
  EXPECT_EQ(file->Map(MapMode::kRead, int64_t{1} << 60).status().code(),
            absl::StatusCode::kResourceExhausted);
}

// Both ends of a connected pair of sockets, closed at the end.
class SocketPair {
 public:
  SocketPair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0); }
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;
  ~SocketPair() {
    close(ends_[0]);
    close(ends_[1]);
  }
  int sender() const { return ends_[0]; }
  std::string Receive() {
    std::string bytes(1 << 20, '\0');
    const ssize_t received = recv(ends_[1], bytes.data(), bytes.size(), 0);
    return bytes.substr(0, received < 0 ? 0 : static_cast<size_t>(received));
  }

 private:
  int ends_[2];
};

// As the user of SendTo does: goes on where it stopped.
int64_t SendAll(File* file, const SocketPair& sockets, int64_t position, int64_t length_bytes) {
  int64_t sent_bytes = 0;
  while (sent_bytes < length_bytes) {
    const int64_t step =
        file->SendTo(sockets.sender(), position + sent_bytes, length_bytes - sent_bytes).value();
    if (step == 0) break;
    sent_bytes += step;
  }
  return sent_bytes;
}

TEST_P(FileSystemConformance, SendToSendsARangeOrSaysThatItCannot) {
  const std::unique_ptr<File> file = MakeFile("f", Pattern(5000));
  SocketPair sockets;
  if (!GetParam().sends_to_sockets) {
    EXPECT_EQ(file->SendTo(sockets.sender(), 0, 10).status().code(),
              absl::StatusCode::kUnimplemented);
    return;
  }
  EXPECT_EQ(SendAll(file.get(), sockets, 4000, 10), 10);
  EXPECT_EQ(sockets.Receive(), Pattern(5000).substr(4000, 10));
  EXPECT_EQ(SendAll(file.get(), sockets, 4000, kMax - 4000), 1000);
  EXPECT_EQ(sockets.Receive(), Pattern(5000).substr(4000));
  EXPECT_EQ(file->SendTo(sockets.sender(), 5000, 10).value(), 0);
  EXPECT_EQ(file->SendTo(sockets.sender(), 0, 0).value(), 0);
  EXPECT_EQ(file->SendTo(sockets.sender(), -1, 10).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(FileSystemConformance, SendToAFullSocketIsUnavailableAndSendsNothing) {
  if (!GetParam().sends_to_sockets) return;
  const std::unique_ptr<File> file = MakeFile("f", Pattern(1 << 20));
  SocketPair sockets;
  int64_t sent_bytes = 0;
  for (;;) {
    const absl::StatusOr<int64_t> sent = file->SendTo(sockets.sender(), 0, 1 << 20);
    if (!sent.ok()) {
      EXPECT_EQ(sent.status().code(), absl::StatusCode::kUnavailable) << sent.status();
      break;
    }
    ASSERT_GT(*sent, 0);
    sent_bytes += *sent;
  }
  int64_t received_bytes = 0;
  for (;;) {
    const size_t step = sockets.Receive().size();
    if (step == 0) break;
    received_bytes += static_cast<int64_t>(step);
  }
  EXPECT_EQ(received_bytes, sent_bytes);
}

}  // namespace
}  // namespace tidemark
