// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <culvert/authority.hpp>
#include <culvert/result.hpp>

#include "net/client_certificate.hpp"
#include "net/layer.hpp"
#include "net/tls_context.hpp"
#include "net/tls_server.hpp"

using SSL = struct ssl_st;

namespace culvert::net {

/// What is offered by ALPN (RFC 7301), the best first.
enum class Alpn : std::uint8_t { http11, h2, h2_or_http11 };

/// TLS over a connected, non-blocking socket, as a client or as a server. It owns no descriptor and
/// never waits: what cannot be done now fails with EAGAIN (is_would_block) and is to be tried again
/// at the next hint, whether the socket became readable or writable.
///
/// SSL_set_fd on the socket and no stream of Asio's: 14 instead of 85 KB an idle connection
/// (measured).
class Tls final : public Layer {
 public:
  /// `host` is who must answer: it is named to the origin (SNI, names only) and must be in its
  /// certificate (RFC 9110 §4.3.4). `offer` is what it may speak then. `context` may go before this
  /// does.
  Tls(const TlsContext& context, int socket, const Host& host, Alpn offer = Alpn::http11);
  /// As a server. `server` must last until the handshake has ended.
  Tls(const TlsServer& server, int socket);

  /// Goes on with the handshake; to be called until it succeeds. EAGAIN;
  /// Errc::tls_certificate_error, tls_protocol_error or connection_terminated, and then detail()
  /// says more.
  Result<void> handshake();
  /// At most one record's bytes; 0 is the end that the peer announced. One that it did not announce
  /// is Errc::connection_terminated: whoever cuts a connection must not pass for its end (RFC 8446
  /// §6.1). EAGAIN; Errc::tls_protocol_error; the system's error.
  Result<std::size_t> read(std::span<char> into) override;
  /// How much went, at least one byte. After EAGAIN the same bytes must come again. Else like
  /// read().
  Result<std::size_t> write(std::string_view bytes) override;
  /// Announces that no more will come from here. False when that must wait: call it again. When
  /// there is nobody left to tell, nothing happens. Reading goes on.
  bool finish() override;
  /// Bytes that were received and decrypted, and wait for read().
  std::size_t unread() const override;
  /// True when there is nothing to read but what TLS tells itself (session tickets).
  bool quiet() override;
  std::string_view protocol() const override;

  /// What stands behind a failed handshake, for people.
  const std::string& detail() const { return detail_; }
  /// Of a server, after the handshake: the certificate that the client showed, verified; null if it
  /// did not. One that has expired since its session began is none to go on with:
  /// Errc::tls_certificate_error.
  Result<std::shared_ptr<const ClientCertificate>> client_certificate(const TlsServer& server);

 private:
  struct Free {
    void operator()(SSL* connection) const;
  };
  std::error_code failure(int result);
  std::error_code protocol_failure();

  std::unique_ptr<SSL, Free> connection_;
  std::string detail_;
  bool finished_ = false;  // OpenSSL is not to be asked to write again: finished, or failed
};

}  // namespace culvert::net
