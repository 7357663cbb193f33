// SPDX-License-Identifier: Apache-2.0
#include "tunnel/wire.hpp"

#include <stdexcept>
#include <string>

#include <openssl/err.h>
#include <sys/socket.h>

#include "tunnel/loopback.hpp"

namespace culvert::bench {
namespace {

SSL_CTX* client_context() {
  static const std::unique_ptr<SSL_CTX, test::Releases<SSL_CTX_free>> made = [] {
    auto* const context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    return std::unique_ptr<SSL_CTX, test::Releases<SSL_CTX_free>>(context);
  }();
  return made.get();
}

}  // namespace

Wire::Wire(std::uint16_t port, Security security, std::string_view protocol)
    : descriptor_(connected_to(port)) {
  if (security == Security::clear) return;
  tls_.reset(SSL_new(client_context()));
  std::string list(1, static_cast<char>(protocol.size()));  // RFC 7301 §3.1
  list += protocol;
  SSL_set_alpn_protos(tls_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                      static_cast<unsigned>(list.size()));
  SSL_set_fd(tls_.get(), number());
  SSL_set_connect_state(tls_.get());
}

/// What came of an operation of OpenSSL.
std::optional<std::size_t> Wire::taken(int result) const {
  if (result > 0) return static_cast<std::size_t>(result);
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return std::nullopt;
    case SSL_ERROR_ZERO_RETURN: return 0;
    default: throw std::runtime_error("TLS with the proxy has failed");
  }
}

std::optional<std::size_t> Wire::read(std::span<char> into) {
  if (!tls_) return receive(number(), into);
  ERR_clear_error();
  return taken(SSL_read(tls_.get(), into.data(), static_cast<int>(into.size())));
}

std::size_t Wire::write(std::string_view bytes) {
  if (!tls_) return send(number(), bytes);
  ERR_clear_error();
  return taken(SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))).value_or(0);
}

bool Wire::has_more() const {
  return tls_ && SSL_has_pending(tls_.get()) == 1;
}

void Wire::finish() {
  if (tls_) {
    SSL_shutdown(tls_.get());
  } else {
    shutdown(number(), SHUT_WR);
  }
}

}  // namespace culvert::bench
