// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "support/peer.hpp"

/// Origins that speak TLS, with certificates made for the test.
namespace culvert::test {

struct FreeTls {
  void operator()(SSL* one) const { SSL_free(one); }
  void operator()(SSL_CTX* one) const { SSL_CTX_free(one); }
  void operator()(X509* one) const { X509_free(one); }
  void operator()(EVP_PKEY* one) const { EVP_PKEY_free(one); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeTls>;

/// A certificate and its key.
struct Identity {
  Owned<X509> certificate;
  Owned<EVP_PKEY> key;
};

/// What a certificate says.
struct Certificate {
  std::string names = "DNS:origin.test,IP:127.0.0.1";  ///< as in subjectAltName
  std::chrono::hours begins{-1};                       ///< from now
  std::chrono::hours ends{24};
};

/// An authority that tests trust, and its certificate in a file.
class Authority509 {
 public:
  Authority509();
  ~Authority509();
  Authority509(const Authority509&) = delete;
  Authority509& operator=(const Authority509&) = delete;

  std::string file() const { return file_.string(); }
  Identity issue(const Certificate& what = {}) const;
  /// Signed by itself alone.
  static Identity self_signed(const Certificate& what = {});

 private:
  Identity own_;
  std::filesystem::path file_;
};

/// The server's end of a TLS connection, blocking, with every wait bounded, like Peer.
class TlsPeer {
 public:
  /// Shakes hands on a connection that was accepted. Throws when that fails.
  TlsPeer(Peer peer, SSL_CTX* context);

  void send(std::string_view bytes);
  std::string read_until(std::string_view mark);
  std::string read_exactly(std::size_t bytes);
  std::string read_head() { return read_until("\r\n\r\n"); }
  /// Everything up to an end that was announced (close_notify); any other end throws.
  std::string read_to_end();
  /// True when the connection ends, in whatever way, and nothing more comes before that.
  bool ends_here();
  void finish();  ///< close_notify and FIN
  void cut();     ///< FIN alone: a truncation
  void reset();
  std::string server_name() const;  ///< SNI
  std::string alpn() const;
  bool silent_for(std::chrono::milliseconds time);

 private:
  bool read_more();
  Peer peer_;
  Owned<SSL> tls_;
  std::string held_;
};

/// A listening socket whose connections speak TLS.
class TlsOrigin {
 public:
  explicit TlsOrigin(Identity identity, int newest_version = 0);

  std::uint16_t port() const { return plain.port(); }
  std::string authority() const { return plain.authority(); }
  /// The next connection, hands shaken.
  TlsPeer accept();

  Origin plain;

 private:
  Owned<SSL_CTX> context_;
};

}  // namespace culvert::test
