// How fast does a log leave through a socket, without passing through this process?

#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "bench/bare_file.h"
#include "bench/support.h"

namespace tidemark {
namespace {

constexpr int64_t kLogBytes = int64_t{256} << 20;

int64_t LogBytes(const benchmark::State& state) {
  return IsTrial(state) ? int64_t{2} << 20 : kLogBytes;
}

// A connection over the loopback device whose other end throws away what comes.
class DiscardingPeer {
 public:
  DiscardingPeer() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    RequireCall("socket", listener);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const any_address = reinterpret_cast<sockaddr*>(&address);
    RequireCall("bind", bind(listener, any_address, length));
    RequireCall("listen", listen(listener, 1));
    RequireCall("getsockname", getsockname(listener, any_address, &length));
    sender_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    RequireCall("socket", sender_);
    RequireCall("connect", connect(sender_, any_address, length));
    receiver_ = accept(listener, nullptr, nullptr);
    RequireCall("accept", receiver_);
    close(listener);
    thread_ = std::thread([this] { Discard(); });
  }
  ~DiscardingPeer() {
    shutdown(sender_, SHUT_RDWR);
    thread_.join();
    close(sender_);
    close(receiver_);
  }
  DiscardingPeer(const DiscardingPeer&) = delete;
  DiscardingPeer& operator=(const DiscardingPeer&) = delete;

  int sender() const { return sender_; }

 private:
  void Discard() {
    // The bytes are dropped in the kernel: the reader's copying is not what is measured.
    std::string room(1 << 20, '\0');
    while (recv(receiver_, room.data(), room.size(), MSG_TRUNC) > 0) {
    }
  }

  int sender_ = -1;
  int receiver_ = -1;
  std::thread thread_;
};

void ApplySizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("request")->Arg(64 << 10)->Arg(256 << 10)->Arg(1 << 20)->UseRealTime();
}

// FileRange, then File::SendTo: what a broker does with a fetch.
void SendFileRange(benchmark::State& state) {
  Workspace workspace;
  const std::shared_ptr<Log> log = workspace.NewLog();
  FillLog({1024, 16 << 10}, LogBytes(state), log.get());
  const Offset log_end = log->offsets().log_end;
  DiscardingPeer peer;
  ReadOptions options;
  options.bytes_max = state.range(0);
  Offset offset{0};
  int64_t records = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    const LogFileRange range = ValueOf(log->FileRange(offset, options));
    for (int64_t sent = 0; sent < range.length_bytes;) {
      sent += ValueOf(
          range.file->SendTo(peer.sender(), range.position + sent, range.length_bytes - sent));
    }
    bytes += range.length_bytes;
    records += range.info.next_offset - range.info.base_offset;
    offset = range.info.next_offset < log_end ? range.info.next_offset : Offset(0);
  }
  Count(records, bytes, &state);
}
BENCHMARK(SendFileRange)->Apply(ApplySizes);

void BareSendfile(benchmark::State& state) {
  Workspace workspace;
  BareFile file(workspace.FilePath("bare"), LogBytes(state));
  file.WriteWhole(Noise(1 << 20));
  DiscardingPeer peer;
  off_t position = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    if (position + state.range(0) > file.size_bytes()) position = 0;
    for (const off_t end = position + state.range(0); position < end;) {
      const ssize_t sent = sendfile(peer.sender(), file.descriptor(), &position,
                                    static_cast<size_t>(end - position));
      RequireCall("sendfile", sent);
      bytes += sent;
    }
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(BareSendfile)->Apply(ApplySizes);

}  // namespace
}  // namespace tidemark
