// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <string>

using SSL_CTX = struct ssl_ctx_st;

namespace culvert::net {

/// What all TLS connections of a kind have in common: whom they trust, and what they speak.
/// Immutable; any thread may use it.
class TlsContext {
 public:
  /// For connections to origins: TLS 1.2 and 1.3, the origin's certificate
  /// verified against the system's trust store, or against the certificates of a PEM file in its
  /// place. The error is for people: why the file is of no use.
  static std::expected<std::shared_ptr<const TlsContext>, std::string> for_origins(
      const std::string& ca_file);

  SSL_CTX* native() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const;
  };
  explicit TlsContext(SSL_CTX* context) : context_(context) {}

  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace culvert::net
