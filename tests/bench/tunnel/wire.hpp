// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <openssl/ssl.h>

#include "net/descriptor.hpp"
#include "support/tls_certificate.hpp"
#include "tunnel/subject.hpp"

namespace culvert::bench {

/// A client's connection to the proxy, in the clear or over TLS; certificates are believed. Nothing
/// waits, the handshake neither: it goes on with each read and write.
class Wire {
 public:
  /// `protocol` is what ALPN asks for: "h2" or "http/1.1".
  Wire(std::uint16_t port, Security security, std::string_view protocol);

  int number() const { return descriptor_.number(); }
  /// As receive() and send(). After a write that took nothing the same bytes must come again.
  std::optional<std::size_t> read(std::span<char> into);
  std::size_t write(std::string_view bytes);
  /// True when there may be more that no hint will tell of.
  bool has_more() const;
  void finish();

 private:
  std::optional<std::size_t> taken(int result) const;

  net::Descriptor descriptor_;
  std::unique_ptr<SSL, test::Releases<SSL_free>> tls_;  // null: in the clear
};

}  // namespace culvert::bench
