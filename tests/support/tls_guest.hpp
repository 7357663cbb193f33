// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/folder.hpp"
#include "support/proxy.hpp"
#include "support/tls_origin.hpp"

/// TLS listeners, and clients of them.
namespace culvert::test {

using SslSession = std::unique_ptr<SSL_SESSION, Releases<SSL_SESSION_free>>;

/// A client of a TLS listener, which trusts any certificate and tells what it was shown.
struct Guest {
  std::string server_name = "proxy.test";
  std::vector<std::string> alpn{};     ///< what it offers; none: it says nothing of ALPN
  const Identity* identity = nullptr;  ///< its own certificate; null: it has none
  SSL_SESSION* session = nullptr;      ///< to resume; null: a new one
  int newest = TLS1_3_VERSION;
  const char* suites_12 = nullptr;  ///< of TLS 1.2; null: those that OpenSSL likes

  /// A connection whose handshake is complete here. Under TLS 1.3 the other side may not have seen
  /// our certificate by then.
  TlsPeer connect(const Proxy& proxy) const;
  /// What is wrong with the handshake, or with the first byte behind it: "certificate required".
  std::string failure(const Proxy& proxy) const;
};

/// The common name of the certificate that the other side showed.
std::string shown_to(const TlsPeer& guest);
/// What to resume it by; to be asked when something was read.
SslSession session_of(const TlsPeer& guest);
bool resumed(const TlsPeer& guest);

/// The files of TLS listeners.
class ListenFiles {
 public:
  /// Writes certificate and key into one file of this name, which comes back as it stands in TOML.
  std::string put(const std::string& name, const Identity& identity) const {
    return "\"" +
           folder_.write(name, pem_of(identity.certificate.get()) + pem_of(identity.key.get())) +
           "\"";
  }
  const Folder& folder() const { return folder_; }

 private:
  Folder folder_;
};

/// A TLS listener on a free port: `tls = { ... }` with this in it.
inline std::string listen_tls(const std::string& keys, const std::string& more = "") {
  return "[[listen]]\naddress = \"127.0.0.1:0\"\n" + more + "tls = { " + keys + " }\n";
}

}  // namespace culvert::test
