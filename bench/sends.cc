#include "bench/sends.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "bench/bare_file.h"
#include "bench/batches.h"
#include "bench/log_engine.h"
#include "storage/base/status_macros.h"

namespace tidemark {
namespace {

constexpr int64_t kRequestBytes = int64_t{256} << 10;

// A connection over the loopback device whose other end counts what comes and throws it away.
class DiscardingPeer {
 public:
  DiscardingPeer() = default;
  ~DiscardingPeer() { EndAndCount(); }
  DiscardingPeer(const DiscardingPeer&) = delete;
  DiscardingPeer& operator=(const DiscardingPeer&) = delete;

  absl::Status Connect() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    TM_RETURN_IF_ERROR(CallStatus("socket", listener));
    const absl::Status status = ConnectTo(listener);
    close(listener);
    TM_RETURN_IF_ERROR(status);
    thread_ = std::thread([this] { Discard(); });
    return absl::OkStatus();
  }

  int sender() const { return sender_; }

  // How many bytes have come in all. Ends the connection.
  int64_t EndAndCount() {
    if (sender_ >= 0) shutdown(sender_, SHUT_WR);
    if (thread_.joinable()) thread_.join();
    if (sender_ >= 0) close(sender_);
    if (receiver_ >= 0) close(receiver_);
    sender_ = receiver_ = -1;
    return received_bytes_;
  }

 private:
  absl::Status ConnectTo(int listener) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const any_address = reinterpret_cast<sockaddr*>(&address);
    TM_RETURN_IF_ERROR(CallStatus("bind", bind(listener, any_address, length)));
    TM_RETURN_IF_ERROR(CallStatus("listen", listen(listener, 1)));
    TM_RETURN_IF_ERROR(CallStatus("name", getsockname(listener, any_address, &length)));
    sender_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    TM_RETURN_IF_ERROR(CallStatus("socket", sender_));
    TM_RETURN_IF_ERROR(CallStatus("connect", connect(sender_, any_address, length)));
    receiver_ = accept(listener, nullptr, nullptr);
    return CallStatus("accept", receiver_);
  }

  void Discard() {
    // The bytes are dropped in the kernel: the reader's copying is not what is measured.
    std::string room(1 << 20, '\0');
    for (;;) {
      const ssize_t received = recv(receiver_, room.data(), room.size(), MSG_TRUNC);
      if (received <= 0) return;
      received_bytes_ += received;
    }
  }

  int sender_ = -1;
  int receiver_ = -1;
  int64_t received_bytes_ = 0;
  std::thread thread_;
};

// What both share: all that was sent has arrived at the end of Run.
class Sending : public Contender {
 public:
  Sending(std::string name, ContenderKind kind, std::string settings, const Load& load)
      : Contender(std::move(name), kind, std::move(settings)), load_(load) {}

  absl::Status Prepare(Round& round) override {
    batch_ = MakeBatch(load_);
    peer_ = std::make_unique<DiscardingPeer>();
    TM_RETURN_IF_ERROR(peer_->Connect());
    return Fill(round);
  }

  absl::Status Run(Round& /*round*/) override {
    for (int pass = 0; pass < load_.passes; ++pass) TM_RETURN_IF_ERROR(SendAll(peer_->sender()));
    received_bytes_ = peer_->EndAndCount();
    return absl::OkStatus();
  }

  absl::Status Check(Round& /*round*/) override {
    return RequireCount("bytes", received_bytes_,
                        load_.passes * load_.batches * static_cast<int64_t>(batch_.size()));
  }

  void Finish() override {
    peer_.reset();
    Release();
  }

 protected:
  virtual absl::Status Fill(Round& round) = 0;
  virtual absl::Status SendAll(int socket_descriptor) = 0;
  virtual void Release() = 0;

  const Load load_;
  std::string batch_;

 private:
  std::unique_ptr<DiscardingPeer> peer_;
  int64_t received_bytes_ = 0;
};

class SendfileLimit final : public Sending {
 public:
  explicit SendfileLimit(const Load& load)
      : Sending("sendfile", ContenderKind::kLimit, "sendfile of 256 KiB from a cached file", load) {
  }

 protected:
  absl::Status Fill(Round& round) override {
    TM_ASSIGN_OR_RETURN(file_, BareFile::Make(absl::StrCat(round.directory, "/bare"),
                                              load_.batches * static_cast<int64_t>(batch_.size())));
    return file_->WriteWhole(batch_);
  }

  absl::Status SendAll(int socket_descriptor) override {
    for (off_t position = 0; position < file_->size_bytes();) {
      const int64_t length = std::min(kRequestBytes, file_->size_bytes() - position);
      TM_RETURN_IF_ERROR(CallStatus("sendfile", sendfile(socket_descriptor, file_->descriptor(),
                                                         &position, static_cast<size_t>(length))));
    }
    return absl::OkStatus();
  }

  void Release() override { file_.reset(); }

 private:
  std::unique_ptr<BareFile> file_;
};

class LogSend final : public Sending {
 public:
  explicit LogSend(const Load& load)
      : Sending("Log::FileRange and File::SendTo", ContenderKind::kTidemark,
                "256 KiB at a time, default settings", load) {}

 protected:
  absl::Status Fill(Round& round) override {
    TM_ASSIGN_OR_RETURN(engine_, LogEngine::Open(round.directory, 1));
    TM_RETURN_IF_ERROR(tidemark::Fill(batch_, load_.batches, &engine_->log()));
    return engine_->log().Sync(engine_->log().offsets().log_end);
  }

  absl::Status SendAll(int socket_descriptor) override {
    ReadOptions options;
    options.bytes_max = kRequestBytes;
    const Offset end = engine_->log().offsets().log_end;
    for (Offset offset{0}; offset < end;) {
      TM_ASSIGN_OR_RETURN(const LogFileRange range, engine_->log().FileRange(offset, options));
      for (int64_t sent = 0; sent < range.length_bytes;) {
        TM_ASSIGN_OR_RETURN(const int64_t step,
                            range.file->SendTo(socket_descriptor, range.position + sent,
                                               range.length_bytes - sent));
        sent += step;
      }
      offset = range.info.next_offset;
    }
    return absl::OkStatus();
  }

  void Release() override { engine_.reset(); }

 private:
  std::unique_ptr<LogEngine> engine_;
};

}  // namespace

std::unique_ptr<Contender> NewSendfileLimit(const Load& load) {
  return std::make_unique<SendfileLimit>(load);
}

std::unique_ptr<Contender> NewLogSend(const Load& load) { return std::make_unique<LogSend>(load); }

}  // namespace tidemark
