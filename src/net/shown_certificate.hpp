// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "base/listen_tls.hpp"

/// The certificates that a TLS listener shows.
namespace culvert::net {

/// Reads a certificate with its chain and its key into a context. Says what is wrong, or odd, of
/// the `number`th of `settings`.
void read_certificate(SSL_CTX* context, const ListenTls& settings, std::size_t number,
                      std::vector<ListenTlsFinding>& findings);

/// The hosts that it is for (dNSName of subjectAltName), in lower case; "*.example.com" too. The
/// subject names none (RFC 9525 §2).
std::vector<std::string> host_names(const X509* certificate);

}  // namespace culvert::net
