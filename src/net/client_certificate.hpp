// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/listen_tls.hpp"

using SSL = struct ssl_st;
using X509_STORE = struct x509_store_st;

namespace culvert::net {

/// The certificate that a client of a TLS listener showed, and that was verified then. Immutable;
/// any thread may use it. It outlives the connection.
class ClientCertificate {
 public:
  /// That of a connection whose handshake is complete; null if it showed none. `verified_by` names
  /// the authorities that it was verified by (TlsServer).
  static std::shared_ptr<const ClientCertificate> of(SSL* connection, std::string verified_by);

  const std::string& verified_by() const { return verified_by_; }
  /// By now.
  bool has_expired() const;
  /// Would these authorities let it in? With what the client sent of the certificates between; of a
  /// resumed session nobody knows these any more.
  bool verifies_by(X509_STORE* authorities) const;
  /// Byte by byte as it stands there, so it may be no name at all; empty when there is none.
  std::string name(CertificateName which) const;

 private:
  struct Held;
  explicit ClientCertificate(std::shared_ptr<const Held> held, std::string verified_by);

  std::shared_ptr<const Held> held_;
  std::string verified_by_;
};

}  // namespace culvert::net
