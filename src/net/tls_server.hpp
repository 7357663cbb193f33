// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/listen_tls.hpp"
#include "net/client_certificate.hpp"

using SSL = struct ssl_st;
using SSL_CTX = struct ssl_ctx_st;

namespace culvert::net {

/// What session tickets (RFC 8446 §4.6.1, RFC 5077) are made from: one for a process, so that they
/// are good for all of its workers and listeners, and over a reload. The keys follow from it and
/// from what a listener asks of clients: a ticket that was given under other authorities is none.
using TicketSecret = std::array<std::uint8_t, 32>;
TicketSecret new_ticket_secret();

/// What the connections of a TLS listener have in common: certificates, whom they are asked for,
/// and what may be spoken. Immutable; any thread may use it.
///
/// The first certificate is shown unless the client names a host (SNI) that another one is for; a
/// name is worth more than a wildcard, and of two certificates for a name the first is shown.
/// TLS 1.2 has the suites with ECDHE and AEAD alone (RFC 9113 §9.2.2).
class TlsServer {
 public:
  /// Null when a finding is more than a warning.
  static std::shared_ptr<const TlsServer> make(const ListenTls& settings,
                                               const TicketSecret& secret,
                                               std::vector<ListenTlsFinding>& findings);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  /// What the next connection is made with. Its handshake needs this object, the rest does not.
  SSL_CTX* native() const;
  /// The verified certificate of a connection whose handshake is complete; null: it showed none.
  std::shared_ptr<const ClientCertificate> certificate_of(SSL* connection) const;
  /// The name that a certificate stands for here, which may have been shown under earlier settings:
  /// empty if its authority is trusted no more, or if it has none.
  std::string user_of(const ClientCertificate& certificate) const;

 private:
  explicit TlsServer(const ListenTls& settings);

  void ask_clients(const ListenTls& settings, std::vector<ListenTlsFinding>& findings);
  void share(const TicketSecret& secret);
  void note_names(SSL_CTX* context);
  SSL_CTX* context_for(std::string_view host) const;
  static int choose_certificate(SSL* connection, int* alert, void* server);
  static int choose_protocol(SSL* connection, const unsigned char** chosen, unsigned char* size,
                             const unsigned char* offered, unsigned offered_size, void* server);

  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
  std::map<std::string, SSL_CTX*, std::less<>> hosts_;      // "proxy.example"
  std::map<std::string, SSL_CTX*, std::less<>> wildcards_;  // ".example", for one label before it
  std::string alpn_;         // as ALPN wants it: each with its length before it
  std::string authorities_;  // a digest of client_ca, and of whether a certificate is a must
  CertificateName client_user_;
  bool asks_ = false;
};

}  // namespace culvert::net
