// SPDX-License-Identifier: Apache-2.0
#include "support/h2_origin.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <culvert/websocket/accept.hpp>

namespace culvert::test {

std::string AskedOfOrigin::field(const std::string& name) const {
  const auto found = std::ranges::find(fields, name, &std::pair<std::string, std::string>::first);
  return found == fields.end() ? "" : found->second;
}

/// What tests ask for while the thread runs.
struct H2Origin::Heard {
  std::vector<std::string> accepted;  // their protocols
  int open = 0;
  std::vector<AskedOfOrigin> asked;
  std::vector<std::uint32_t> resets;
};

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::generic_category().message(errno));
}

/// As ALPN wants them: each with its length before it.
std::string alpn_of(const std::vector<std::string>& offers) {
  std::string made;
  for (const auto& one : offers) made += static_cast<char>(one.size()) + one;
  return made;
}

/// An origin and a client without a protocol in common do not speak (RFC 7301 §3.2).
int choose_alpn(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* size,
                const unsigned char* offered, unsigned offered_size, void* of) {
  const auto known = alpn_of(static_cast<const H2Origin::How*>(of)->offers);
  if (known.empty()) return SSL_TLSEXT_ERR_NOACK;
  unsigned char* found = nullptr;
  const auto* names = reinterpret_cast<const unsigned char*>(known.data());
  const int how = SSL_select_next_proto(&found, size, names, static_cast<unsigned>(known.size()),
                                        offered, offered_size);
  if (how != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = std::ranges::search(std::span(offered, offered_size), std::span(found, *size)).data();
  return SSL_TLSEXT_ERR_OK;
}

/// It looks into both.
nghttp2_nv field_of(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string body_for(const AskedOfOrigin& asked, const std::string& body) {
  return asked.method + " " + asked.path + " over " + asked.protocol + "\n" + body;
}

bool is_ended_by(const std::string& path, const char* what, int times) {
  return path == what || (path == std::string(what) + "-once" && times == 1);
}

}  // namespace

/// One connection, whatever it speaks.
class H2Origin::Connection {
 public:
  Connection(H2Origin& origin, int socket, int number)
      : origin_(origin), socket_(socket), number_(number) {
    if (!origin.how_.tls) {
      begin("h2");
      return;
    }
    ssl_.reset(SSL_new(origin.context_.get()));
    SSL_set_fd(ssl_.get(), socket);
    SSL_set_accept_state(ssl_.get());
  }
  ~Connection() {
    if (!protocol_.empty()) {
      const std::scoped_lock lock(origin_.mutex_);
      --origin_.heard_->open;
    }
    close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  pollfd watched() const {
    const auto wanted = out_.empty() ? POLLIN : POLLIN | POLLOUT;
    return {.fd = socket_, .events = static_cast<short>(wanted), .revents = 0};
  }
  /// Does all that can be done without waiting. False when it is over.
  bool turn() {
    if (over_ || !shake_hands()) return !over_;
    while (read_some() && !over_) {
    }
    fill();
    write_some();
    const bool done = session_ && out_.empty() && nghttp2_session_want_read(session_.get()) == 0 &&
                      nghttp2_session_want_write(session_.get()) == 0;
    return !over_ && !done;
  }
  void say_goodbye() {
    if (!session_) return;
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR,
                          nullptr, 0);
  }
  void release() {
    for (auto& [id, stream] : streams_) {
      if (stream.held) {
        answer(id, stream);
      } else if (stream.late) {
        stream.last = true;
        nghttp2_session_resume_data(session_.get(), id);
      }
    }
  }

 private:
  struct Stream {
    AskedOfOrigin asked;
    std::string body;
    std::string out;    // DATA that waits
    bool last = false;  // nothing comes behind `out`
    bool echo = false;
    bool held = false;
    bool late = false;
  };

  // The wire.

  bool shake_hands() {
    if (!protocol_.empty()) return true;
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_.get());
    if (done != 1) {
      over_ = !again(done);
      return false;
    }
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    begin(size == 0 ? "http/1.1" : std::string(reinterpret_cast<const char*>(name), size));
    return true;
  }
  bool again(int result) const {
    const int why = SSL_get_error(ssl_.get(), result);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
  }
  bool read_some() {
    std::array<char, 16384> buffer{};
    int got = 0;
    bool waits = false;
    if (ssl_) {
      ERR_clear_error();
      got = SSL_read(ssl_.get(), buffer.data(), buffer.size());
      waits = got <= 0 && again(got);
    } else {
      got = static_cast<int>(recv(socket_, buffer.data(), buffer.size(), 0));
      waits = got < 0 && errno == EAGAIN;
    }
    if (got <= 0) {
      over_ = !waits;
      return false;
    }
    take({buffer.data(), static_cast<std::size_t>(got)});
    return true;
  }
  void write_some() {
    while (!out_.empty() && !over_) {
      int sent = 0;
      bool waits = false;
      if (ssl_) {
        ERR_clear_error();
        sent = SSL_write(ssl_.get(), out_.data(), static_cast<int>(out_.size()));
        waits = sent <= 0 && again(sent);
      } else {
        sent = static_cast<int>(send(socket_, out_.data(), out_.size(), MSG_NOSIGNAL));
        waits = sent < 0 && errno == EAGAIN;
      }
      if (sent <= 0) {
        over_ = !waits;
        return;
      }
      out_.erase(0, static_cast<std::size_t>(sent));
      fill();
    }
  }
  /// What nghttp2 has to say, as long as not too much waits.
  void fill() {
    while (session_ && !silent_ && out_.size() < 65536) {
      const std::uint8_t* bytes = nullptr;
      const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
      if (size <= 0) return;
      out_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
  }
  void take(std::string_view bytes) {
    if (!session_) return take_http11(bytes);
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    if (nghttp2_session_mem_recv(session_.get(), data, bytes.size()) < 0) over_ = true;
  }
  void begin(const std::string& protocol) {
    protocol_ = protocol;
    {
      const std::scoped_lock lock(origin_.mutex_);
      origin_.heard_->accepted.push_back(protocol);
      ++origin_.heard_->open;
    }
    if (protocol == "h2") begin_http2();
  }
  /// How often this path was asked for, with this one.
  int note(const AskedOfOrigin& asked) {
    const std::scoped_lock lock(origin_.mutex_);
    origin_.heard_->asked.push_back(asked);
    return static_cast<int>(
        std::ranges::count(origin_.heard_->asked, asked.path, &AskedOfOrigin::path));
  }

  // HTTP/1.1: one request after another, with a Content-Length if with a body.

  void take_http11(std::string_view bytes) {
    if (echoes_) {
      out_ += bytes;
      return;
    }
    in_ += bytes;
    while (!echoes_ && serve_http11()) {
    }
  }
  bool serve_http11() {
    const auto end = in_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    AskedOfOrigin asked;
    asked.connection = number_;
    asked.protocol = protocol_;
    const auto head = in_.substr(0, end + 2);
    asked.method = head.substr(0, head.find(' '));
    asked.path = head.substr(asked.method.size() + 1);
    asked.path.resize(asked.path.find(' '));
    for (auto at = head.find("\r\n") + 2; at < head.size(); at = head.find("\r\n", at) + 2) {
      const auto colon = head.find(": ", at);
      asked.fields.emplace_back(head.substr(at, colon - at),
                                head.substr(colon + 2, head.find("\r\n", at) - colon - 2));
    }
    const auto length = asked.field("Content-Length");
    const auto whole = end + 4 + (length.empty() ? 0 : std::stoul(length));
    if (in_.size() < whole) return false;
    const auto body = in_.substr(end + 4, whole - end - 4);
    in_.erase(0, whole);
    note(asked);
    answer_http11(asked, body);
    return true;
  }
  void answer_http11(const AskedOfOrigin& asked, const std::string& body) {
    if (const auto key = asked.field("Sec-WebSocket-Key"); !key.empty() && asked.path != "/no") {
      out_ +=
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          "Sec-WebSocket-Accept: " +
          websocket::accept_for(key) + "\r\n\r\n" + std::exchange(in_, {});
      echoes_ = true;
      return;
    }
    const auto text = body_for(asked, body);
    out_ += std::string("HTTP/1.1 ") + (asked.path == "/no" ? "403 Forbidden" : "200 OK") +
            "\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
  }

  // HTTP/2.

  void begin_http2() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session* made = nullptr;
    nghttp2_session_server_new(&made, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    session_.reset(made);
    silent_ = origin_.how_.silent;
    const std::array<nghttp2_settings_entry, 2> settings{{
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, origin_.how_.streams},
        {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
    }};
    nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(),
                            origin_.how_.websockets ? 2 : 1);
  }
  static int on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t /*flags*/, void* self) {
    auto& asked = static_cast<Connection*>(self)->streams_[frame->hd.stream_id].asked;
    asked.fields.emplace_back(std::string(reinterpret_cast<const char*>(name), name_size),
                              std::string(reinterpret_cast<const char*>(value), value_size));
    return 0;
  }
  static int on_data(nghttp2_session* session, std::uint8_t /*flags*/, std::int32_t id,
                     const std::uint8_t* data, std::size_t size, void* self) {
    auto& stream = static_cast<Connection*>(self)->streams_[id];
    (stream.echo ? stream.out : stream.body).append(reinterpret_cast<const char*>(data), size);
    if (stream.echo) nghttp2_session_resume_data(session, id);
    return 0;
  }
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
    auto& own = *static_cast<Connection*>(self);
    const auto id = frame->hd.stream_id;
    const bool head = frame->hd.type == NGHTTP2_HEADERS;
    if (!head && frame->hd.type != NGHTTP2_DATA) return 0;
    auto& stream = own.streams_[id];
    if (head && stream.asked.method.empty() && !own.judge(id, stream)) return 0;
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    if (stream.echo) {
      stream.last = true;
      nghttp2_session_resume_data(session, id);
    } else if (!stream.held) {
      own.answer(id, stream);
    }
    return 0;
  }
  static int on_close(nghttp2_session* /*session*/, std::int32_t id, std::uint32_t why,
                      void* self) {
    auto& own = *static_cast<Connection*>(self);
    if (why != NGHTTP2_NO_ERROR) {
      const std::scoped_lock lock(own.origin_.mutex_);
      own.origin_.heard_->resets.push_back(why);
    }
    own.streams_.erase(id);
    return 0;
  }
  void reset(std::int32_t id, std::uint32_t why) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, why);
  }
  /// What the path says of a request whose head has come. False: it is not served.
  bool judge(std::int32_t id, Stream& stream) {
    auto& asked = stream.asked;
    asked.connection = number_;
    asked.protocol = protocol_;
    asked.method = asked.field(":method");
    asked.path = asked.field(":path");
    const int times = note(asked);
    if (is_ended_by(asked.path, "/refused", times)) return reset(id, NGHTTP2_REFUSED_STREAM), false;
    if (asked.path == "/reset") return reset(id, NGHTTP2_INTERNAL_ERROR), false;
    if (is_ended_by(asked.path, "/cut", times)) return over_ = true, false;
    if (asked.path == "/leave-once" && times == 1) {
      nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, std::max(id - 2, 0),
                            NGHTTP2_NO_ERROR, nullptr, 0);
      return false;
    }
    stream.held = asked.path == "/held" && !origin_.released_;
    if (!asked.field(":protocol").empty() && !stream.held) answer(id, stream);
    return true;
  }
  void answer(std::int32_t id, Stream& stream) {
    stream.held = false;
    const bool refused = stream.asked.path == "/no";
    stream.echo = !stream.asked.field(":protocol").empty() && !refused;
    const std::string status = refused ? "403" : "200";
    if (!stream.echo) stream.out = body_for(stream.asked, stream.body);
    stream.late = stream.asked.path == "/late-end" && !origin_.released_;
    stream.last = !stream.echo && !stream.late;
    const auto length = std::to_string(stream.out.size());
    const std::array fields{field_of(":status", status), field_of("content-length", length)};
    nghttp2_data_provider source{.source = {.ptr = this}, .read_callback = read_out};
    nghttp2_submit_response(session_.get(), id, fields.data(), stream.echo ? 1 : 2, &source);
  }
  static ssize_t read_out(nghttp2_session* /*session*/, std::int32_t id, std::uint8_t* into,
                          std::size_t room, std::uint32_t* flags, nghttp2_data_source* source,
                          void* /*self*/) {
    auto& stream = static_cast<Connection*>(source->ptr)->streams_[id];
    const auto size = std::min(room, stream.out.size());
    std::copy_n(stream.out.data(), size, into);
    stream.out.erase(0, size);
    if (stream.out.empty() && stream.last) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (size == 0 && !stream.last) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(size);
  }

  H2Origin& origin_;
  int socket_;
  int number_;
  std::unique_ptr<SSL, Releases<SSL_free>> ssl_;
  std::string protocol_;  // empty: the handshake is under way
  std::string in_;
  std::string out_;
  bool echoes_ = false;
  bool over_ = false;
  bool silent_ = false;
  std::map<std::int32_t, Stream> streams_;
  std::unique_ptr<nghttp2_session, Releases<nghttp2_session_del>> session_;
};

H2Origin::H2Origin(How how)
    : how_(std::move(how)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      context_(SSL_CTX_new(TLS_server_method())),
      heard_(std::make_unique<Heard>()) {
  std::signal(SIGPIPE, SIG_IGN);  // as the program does: OpenSSL has no MSG_NOSIGNAL
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* name = reinterpret_cast<sockaddr*>(&at);
  if (bind(listener_, name, size) != 0 || ::listen(listener_, 128) != 0 ||
      getsockname(listener_, name, &size) != 0) {
    fail("listen");
  }
  port_ = ntohs(at.sin_port);
  const auto identity = make_identity(how_.shown);
  auto* context = context_.get();
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(context, choose_alpn, &how_);
  SSL_CTX_use_certificate(context, identity.certificate.get());
  SSL_CTX_use_PrivateKey(context, identity.key.get());
  thread_ = std::thread([this] { run(); });
}

H2Origin::~H2Origin() {
  tell([this] { leaving_ = true; });
  thread_.join();
  connections_.clear();
  close(listener_);
  close(wake_);
}

/// Turns until it is to leave.
void H2Origin::run() {
  while (turn()) {
  }
}

bool H2Origin::turn() {
  std::vector<pollfd> watched{{.fd = wake_, .events = POLLIN, .revents = 0},
                              {.fd = listener_, .events = POLLIN, .revents = 0}};
  for (const auto& one : connections_) watched.push_back(one->watched());
  poll(watched.data(), watched.size(), -1);
  std::uint64_t count = 0;
  [[maybe_unused]] const auto woken = read(wake_, &count, sizeof count);
  std::vector<std::function<void()>> jobs;
  {
    const std::scoped_lock lock(mutex_);
    jobs.swap(jobs_);
  }
  for (const auto& job : jobs) job();
  accept_one();
  std::erase_if(connections_, [](const auto& one) { return !one->turn(); });
  return !leaving_;
}

void H2Origin::accept_one() {
  const int made = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (made < 0) return;
  const int on = 1;
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connections_.push_back(std::make_unique<Connection>(*this, made, ++count_));
}

void H2Origin::tell(std::function<void()> job) {
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  const std::uint64_t one = 1;
  if (write(wake_, &one, sizeof one) != sizeof one) fail("eventfd");
}

int H2Origin::accepted(const std::string& protocol) const {
  const std::scoped_lock lock(mutex_);
  const auto& all = heard_->accepted;
  if (protocol.empty()) return static_cast<int>(all.size());
  return static_cast<int>(std::ranges::count(all, protocol));
}

int H2Origin::open() const {
  const std::scoped_lock lock(mutex_);
  return heard_->open;
}

std::vector<AskedOfOrigin> H2Origin::asked() const {
  const std::scoped_lock lock(mutex_);
  return heard_->asked;
}

std::vector<std::uint32_t> H2Origin::resets() const {
  const std::scoped_lock lock(mutex_);
  return heard_->resets;
}

void H2Origin::release() {
  tell([this] {
    released_ = true;
    for (const auto& one : connections_) one->release();
  });
}

void H2Origin::say_goodbye() {
  tell([this] {
    for (const auto& one : connections_) one->say_goodbye();
  });
}

void H2Origin::cut_all() {
  tell([this] { connections_.clear(); });
}

void H2Origin::change(How how) {
  tell([this, how = std::move(how)] { how_ = how; });
}

}  // namespace culvert::test
