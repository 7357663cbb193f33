// SPDX-License-Identifier: Apache-2.0
#include "support/tls_origin.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace culvert::test {
namespace {

/// The connection ended without a close_notify.
struct Cut : std::runtime_error {
  using std::runtime_error::runtime_error;
};

bool ready(int socket, short events, std::chrono::milliseconds time) {
  pollfd watched{.fd = socket, .events = events, .revents = 0};
  return poll(&watched, 1, static_cast<int>(time.count())) == 1;
}

std::string cause() {
  const auto* text = ERR_reason_error_string(ERR_peek_error());
  return text != nullptr ? text : std::generic_category().message(errno);
}

/// Of the names that a client offers, "http/1.1" and no other.
int choose_alpn(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* size,
                const unsigned char* offered, unsigned offered_size, void* /*unused*/) {
  static constexpr std::array<unsigned char, 9> known{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* found = nullptr;
  const int how =
      SSL_select_next_proto(&found, size, known.data(), known.size(), offered, offered_size);
  *chosen = found;
  return how == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

TlsPeer::TlsPeer(Peer connected, SSL_CTX* context)
    : socket_(connected.release()), ssl_(SSL_new(context)) {
  SSL_set_accept_state(ssl_.get());
  begin();
}

TlsPeer::TlsPeer(Peer connected, std::unique_ptr<SSL, Releases<SSL_free>> prepared)
    : socket_(connected.release()), ssl_(std::move(prepared)) {
  SSL_set_connect_state(ssl_.get());
  begin();
}

void TlsPeer::begin() {
  fcntl(socket_, F_SETFL, O_NONBLOCK);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  SSL_set_fd(ssl_.get(), socket_);
  try {
    call([this] { return SSL_do_handshake(ssl_.get()); });
  } catch (...) {
    close();
    throw;
  }
}

TlsPeer::~TlsPeer() {
  close();
}

TlsPeer::TlsPeer(TlsPeer&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      ssl_(std::move(other.ssl_)),
      held_(std::move(other.held_)) {}

void TlsPeer::wait(short events) const {
  if (!ready(socket_, events, patience)) {
    throw std::runtime_error("nothing came in time; so far: " + held_.substr(0, 500));
  }
}

/// Calls OpenSSL until it is done: what the call returned, or 0 at a close_notify.
template <class Call>
int TlsPeer::call(Call what) {
  while (true) {
    std::unique_lock lock(mutex_);
    ERR_clear_error();
    errno = 0;
    const int result = what();
    if (result > 0) return result;
    const int why = SSL_get_error(ssl_.get(), result);
    if (why == SSL_ERROR_ZERO_RETURN) return 0;
    if (why == SSL_ERROR_SYSCALL || why == SSL_ERROR_SSL) throw Cut(cause());
    lock.unlock();
    wait(why == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN);
  }
}

void TlsPeer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size = static_cast<int>(bytes.size());
    const int sent = call([&] { return SSL_write(ssl_.get(), bytes.data(), size); });
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t TlsPeer::send_until_blocked(std::size_t most) {
  const std::string block(16UL * 1024, 'x');
  std::size_t total = 0;
  while (total < most && ready(socket_, POLLOUT, std::chrono::milliseconds(300))) {
    const std::scoped_lock lock(mutex_);
    ERR_clear_error();
    const int sent = SSL_write(ssl_.get(), block.data(), static_cast<int>(block.size()));
    if (sent > 0) total += static_cast<std::size_t>(sent);
  }
  return total;
}

bool TlsPeer::read_more() {
  std::array<char, 16384> buffer{};
  const int got = call([&] { return SSL_read(ssl_.get(), buffer.data(), buffer.size()); });
  held_.append(buffer.data(), static_cast<std::size_t>(got));
  return got != 0;
}

std::string TlsPeer::read_until(std::string_view mark) {
  std::size_t found = 0;
  while ((found = held_.find(mark)) == std::string::npos) {
    if (!read_more()) throw std::runtime_error("the stream ended after: " + held_);
  }
  return read_exactly(found + mark.size());
}

std::string TlsPeer::read_exactly(std::size_t bytes) {
  while (held_.size() < bytes) {
    if (!read_more()) throw std::runtime_error("the stream ended after: " + held_.substr(0, 500));
  }
  auto taken = held_.substr(0, bytes);
  held_.erase(0, bytes);
  return taken;
}

std::string TlsPeer::read_to_end() {
  while (read_more()) {
  }
  return std::exchange(held_, {});
}

bool TlsPeer::silent_for(std::chrono::milliseconds time) {
  return held_.empty() && SSL_has_pending(ssl_.get()) == 0 && !ready(socket_, POLLIN, time);
}

bool TlsPeer::ends_with_failure() {
  try {
    read_to_end();
    return false;
  } catch (const Cut&) {
    return true;
  }
}

void TlsPeer::finish() {
  // 0 says that it is sent, and that the other side's has not come.
  call([this] { return SSL_shutdown(ssl_.get()) >= 0 ? 1 : -1; });
  cut();
}

void TlsPeer::cut() {
  shutdown(socket_, SHUT_WR);
}

void TlsPeer::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void TlsPeer::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void TlsPeer::update_keys() {
  const std::scoped_lock lock(mutex_);
  if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) != 1 ||
      SSL_do_handshake(ssl_.get()) != 1) {
    throw std::runtime_error("no key update: " + cause());
  }
}

void TlsPeer::send_ticket() {
  const std::scoped_lock lock(mutex_);
  if (SSL_new_session_ticket(ssl_.get()) != 1 || SSL_do_handshake(ssl_.get()) != 1) {
    throw std::runtime_error("no ticket: " + cause());
  }
}

void TlsPeer::send_raw(std::string_view bytes) {
  if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("send: " + std::generic_category().message(errno));
  }
}

std::string TlsPeer::server_name() const {
  const auto* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

std::string TlsPeer::protocol() const {
  return SSL_get_version(ssl_.get());
}

std::string TlsPeer::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

TlsOrigin::TlsOrigin(const How& how, const char* address, std::uint16_t port)
    : origin_(address, port, how.receive_bytes), context_(SSL_CTX_new(TLS_server_method())) {
  std::signal(SIGPIPE, SIG_IGN);  // as the program does: OpenSSL has no MSG_NOSIGNAL
  const auto identity = make_identity(how.shown);
  auto* context = context_.get();
  // Versions older than 1.2 are allowed by no other level.
  if (how.newest < TLS1_2_VERSION) SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context, how.newest);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(context, choose_alpn, nullptr);
  if (SSL_CTX_use_certificate(context, identity.certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, identity.key.get()) != 1) {
    throw std::runtime_error("certificate: " + cause());
  }
}

TlsPeer TlsOrigin::accept() {
  return serve(origin_.accept());
}

std::string TlsOrigin::accept_failure() {
  try {
    accept();
  } catch (const Cut& failure) {
    return failure.what();
  }
  throw std::runtime_error("the handshake did not fail");
}

}  // namespace culvert::test
