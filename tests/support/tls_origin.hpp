// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "support/peer.hpp"
#include "support/tls_certificate.hpp"

namespace culvert::test {

/// One end of a TLS connection, an origin's or a client's: a Peer in all it can do and how it
/// fails. One thread may send while another reads.
class TlsPeer {
 public:
  static constexpr auto patience = Peer::patience;

  /// Takes over a connection, and waits until the handshake is complete.
  TlsPeer(Peer connected, SSL_CTX* context);
  /// The same of a client's end; `prepared` says all but the socket.
  TlsPeer(Peer connected, std::unique_ptr<SSL, Releases<SSL_free>> prepared);
  ~TlsPeer();
  TlsPeer(TlsPeer&& other) noexcept;
  TlsPeer& operator=(TlsPeer&&) = delete;

  void send(std::string_view bytes);
  /// Everything up to and with `mark`.
  std::string read_until(std::string_view mark);
  std::string read_exactly(std::size_t bytes);
  /// Everything up to the end of the stream, which must be a close_notify.
  std::string read_to_end();
  bool ends_here() { return read_to_end().empty(); }
  std::string read_head() { return read_until("\r\n\r\n"); }
  /// True when nothing arrives within `time`, not even TLS's own messages.
  bool silent_for(std::chrono::milliseconds time);
  /// True when the connection ends without a close_notify: with a reset, or cut off.
  bool ends_with_failure();
  /// Sends as much as the other side takes, at most `most`; stops when it takes nothing for 300 ms.
  std::size_t send_until_blocked(std::size_t most);

  void finish();                          ///< close_notify, and FIN
  void cut();                             ///< FIN alone: the stream is cut off
  void reset();                           ///< RST, and closed
  void close();                           ///< FIN alone, and closed
  void update_keys();                     ///< has both sides take new keys (RFC 8446 §4.6.3)
  void send_ticket();                     ///< a session ticket (RFC 8446 §4.6.1)
  void send_raw(std::string_view bytes);  ///< past TLS: garbage to it

  /// The name that the client asked for (SNI), or "".
  std::string server_name() const;
  std::string protocol() const;  ///< "TLSv1.3"
  std::string alpn() const;      ///< "http/1.1", or ""
  SSL* native() const { return ssl_.get(); }
  int number() const { return socket_; }

 private:
  void begin();
  bool read_more();
  template <class Call>
  int call(Call what);
  void wait(short events) const;

  int socket_;
  std::unique_ptr<SSL, Releases<SSL_free>> ssl_;
  mutable std::mutex mutex_;  // of ssl_
  std::string held_;
};

/// A listening socket of a scripted origin that speaks TLS.
class TlsOrigin {
 public:
  struct How {
    Shown shown{};
    int newest = TLS1_3_VERSION;  ///< the newest version of TLS that it speaks
    int receive_bytes = 0;        ///< the receive buffer of what it accepts; 0 leaves it
  };

  TlsOrigin() : TlsOrigin(How()) {}
  explicit TlsOrigin(const How& how, const char* address = "127.0.0.1", std::uint16_t port = 0);

  std::uint16_t port() const { return origin_.port(); }
  /// "127.0.0.1:PORT".
  std::string authority() const { return origin_.authority(); }
  /// A connection whose handshake is complete.
  TlsPeer accept();
  /// The server's end of a connection that was made elsewhere.
  TlsPeer serve(Peer connected) { return {std::move(connected), context_.get()}; }
  /// A connection that has not begun its handshake.
  Peer accept_plain() { return origin_.accept(); }
  /// Accepts a connection whose handshake fails; what OpenSSL says of it: "unknown ca".
  std::string accept_failure();
  bool unvisited_for(std::chrono::milliseconds time) { return origin_.unvisited_for(time); }
  void close() { origin_.close(); }

 private:
  Origin origin_;
  std::unique_ptr<SSL_CTX, Releases<SSL_CTX_free>> context_;
};

}  // namespace culvert::test
