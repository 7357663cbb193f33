// SPDX-License-Identifier: Apache-2.0
#include "net/tls_files.hpp"

#include <filesystem>
#include <system_error>

#include <openssl/err.h>
#include <openssl/x509.h>

namespace culvert::net {

void set_modes(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  // An idle connection keeps no buffer, and a write that must wait may come again from elsewhere.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

bool is_file(const std::string& path) {
  std::error_code none;
  return !std::filesystem::exists(path, none) || std::filesystem::is_regular_file(path, none);
}

std::string trust_file(SSL_CTX* context, const std::string& ca_file) {
  ERR_clear_error();
  if (!is_file(ca_file)) return "is not a file";
  auto mistake =
      SSL_CTX_load_verify_file(context, ca_file.c_str()) == 1 ? std::string() : file_mistake();
  ERR_clear_error();
  return mistake;
}

std::string file_mistake() {
  const auto error = ERR_peek_error();
  if (ERR_SYSTEM_ERROR(error)) {
    return "cannot be read: " + std::system_category().message(ERR_GET_REASON(error));
  }
  const bool nothing_there =
      (ERR_GET_LIB(error) == ERR_LIB_X509 &&
       ERR_GET_REASON(error) == X509_R_NO_CERTIFICATE_OR_CRL_FOUND) ||
      (ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE);
  if (nothing_there) return "holds no certificate in PEM form";
  const char* text = ERR_reason_error_string(error);
  return std::string("holds a certificate that cannot be read: ") + (text == nullptr ? "" : text);
}

}  // namespace culvert::net
