// SPDX-License-Identifier: Apache-2.0
#include "net/tls.hpp"

#include <cerrno>
#include <new>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <culvert/error.hpp>

namespace culvert::net {
namespace {

std::error_code again() {
  return {EAGAIN, std::system_category()};
}

/// Before each call: both are only set, never cleared, and what is left of another connection would
/// be taken for its own.
void begin() {
  ERR_clear_error();
  errno = 0;
}

/// A certificate that names hosts in its subject alone, as was usual once, names none (RFC 9525
/// §2). In "*.example.com" the star is a whole label.
constexpr unsigned host_flags =
    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;

std::string reason_of(unsigned long code) {
  const char* text = ERR_reason_error_string(code);
  return text == nullptr ? std::string() : text;
}

/// OpenSSL's words are for those who know it.
std::string protocol_detail(unsigned long code) {
  switch (ERR_GET_REASON(code)) {
    case SSL_R_WRONG_VERSION_NUMBER: return "the origin does not speak TLS";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "the origin speaks no TLS newer than 1.1";
    default: return reason_of(code);
  }
}

void expect_host(SSL* connection, const Host& host) {
  auto* checks = SSL_get0_param(connection);
  X509_VERIFY_PARAM_set_hostflags(checks, host_flags);
  int done = 0;
  if (host.is_address()) {
    const auto bytes = host.address().bytes();
    done = X509_VERIFY_PARAM_set1_ip(checks, bytes.data(), bytes.size());
  } else {
    const auto& name = host.name();
    done = X509_VERIFY_PARAM_set1_host(checks, name.data(), name.size());
    if (done == 1) done = static_cast<int>(SSL_set_tlsext_host_name(connection, name.c_str()));
  }
  if (done != 1) throw std::bad_alloc();  // nothing else can be wrong, and unchecked must not pass
}

/// As ALPN wants them: each with its length before it.
std::string_view protocols_of(Alpn offer) {
  switch (offer) {
    case Alpn::http11: return "\x08http/1.1";
    case Alpn::h2: return "\x02h2";
    case Alpn::h2_or_http11: return "\x02h2\x08http/1.1";
  }
  return {};
}

}  // namespace

void Tls::Free::operator()(SSL* connection) const {
  SSL_free(connection);
}

Tls::Tls(const TlsContext& context, int socket, const Host& host, Alpn offer)
    : connection_(SSL_new(context.native())) {
  if (!connection_ || SSL_set_fd(connection_.get(), socket) != 1) throw std::bad_alloc();
  expect_host(connection_.get(), host);
  const auto protocols = protocols_of(offer);
  SSL_set_alpn_protos(connection_.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                      static_cast<unsigned>(protocols.size()));
  SSL_set_connect_state(connection_.get());
}

Tls::Tls(const TlsServer& server, int socket) : connection_(SSL_new(server.native())) {
  if (!connection_ || SSL_set_fd(connection_.get(), socket) != 1) throw std::bad_alloc();
  SSL_set_accept_state(connection_.get());
}

Result<std::shared_ptr<const ClientCertificate>> Tls::client_certificate(const TlsServer& server) {
  auto shown = server.certificate_of(connection_.get());
  if (!shown || !shown->has_expired()) return shown;
  detail_ = "certificate has expired";
  return fail(Errc::tls_certificate_error);
}

Result<void> Tls::handshake() {
  begin();
  const int result = SSL_do_handshake(connection_.get());
  if (result == 1) return {};
  const auto why = failure(result);
  if (why == again() || why == Errc::tls_certificate_error || why == Errc::tls_protocol_error) {
    return fail(why);
  }
  detail_ = "in the TLS handshake";
  if (why != Errc::connection_terminated) detail_ += ": " + why.message();
  return fail(Errc::connection_terminated);
}

Result<std::size_t> Tls::read(std::span<char> into) {
  begin();
  std::size_t bytes = 0;
  const int result = SSL_read_ex(connection_.get(), into.data(), into.size(), &bytes);
  if (result == 1) return bytes;
  if (SSL_get_error(connection_.get(), result) == SSL_ERROR_ZERO_RETURN) return 0;
  return fail(failure(result));
}

Result<std::size_t> Tls::write(std::string_view bytes) {
  begin();
  std::size_t written = 0;
  const int result = SSL_write_ex(connection_.get(), bytes.data(), bytes.size(), &written);
  if (result == 1) return written;
  return fail(failure(result));
}

bool Tls::finish() {
  if (finished_) return true;
  begin();
  const int result = SSL_shutdown(connection_.get());
  // Asked once more, it would wait for the other side's end, and take its bytes for an error.
  finished_ = result >= 0 || failure(result) != again();
  return finished_;
}

std::size_t Tls::unread() const {
  return static_cast<std::size_t>(SSL_pending(connection_.get()));
}

std::string_view Tls::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(connection_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

bool Tls::quiet() {
  begin();
  char byte = 0;
  std::size_t bytes = 0;
  const int result = SSL_peek_ex(connection_.get(), &byte, 1, &bytes);
  return result != 1 && SSL_get_error(connection_.get(), result) == SSL_ERROR_WANT_READ;
}

std::error_code Tls::failure(int result) {
  const int error = errno;
  switch (SSL_get_error(connection_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return again();
    case SSL_ERROR_SSL: finished_ = true; return protocol_failure();
    case SSL_ERROR_SYSCALL:
      finished_ = true;
      if (error != 0) return {error, std::system_category()};
      return Errc::connection_terminated;
    default: return Errc::connection_terminated;  // an end, announced in mid-handshake
  }
}

std::error_code Tls::protocol_failure() {
  const auto code = ERR_peek_error();
  const int reason = ERR_GET_REASON(code);
  if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return Errc::connection_terminated;
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    detail_ = X509_verify_cert_error_string(SSL_get_verify_result(connection_.get()));
    return Errc::tls_certificate_error;
  }
  const bool is_server = SSL_is_server(connection_.get()) == 1;
  detail_ = is_server ? reason_of(code) : protocol_detail(code);
  return Errc::tls_protocol_error;
}

}  // namespace culvert::net
