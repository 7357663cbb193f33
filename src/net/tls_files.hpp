// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

/// What both kinds of TLS context are set up with.
namespace culvert::net {

template <auto release>
struct Frees {
  template <class T>
  void operator()(T* held) const {
    release(held);
  }
};
using SslContext = std::unique_ptr<SSL_CTX, Frees<SSL_CTX_free>>;

/// What holds for every TLS connection, of an origin or a client: 1.2 at least, no compression, no
/// renegotiation, and no buffer while it is idle.
void set_modes(SSL_CTX* context);

/// False for what is there and no file: a device may have no end.
bool is_file(const std::string& path);

/// Trusts the certificates of a PEM file, in place of what was trusted. What is wrong with it, to
/// stand behind its name; "" if nothing is.
std::string trust_file(SSL_CTX* context, const std::string& ca_file);

/// Why a file of certificates was not taken, right after OpenSSL did not take it.
std::string file_mistake();

}  // namespace culvert::net
