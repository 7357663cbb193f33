// SPDX-License-Identifier: Apache-2.0
#include "inspect/flaw.hpp"

#include <string>

namespace culvert::inspect {
namespace {

const char* text_of(Flaw flaw) {
  switch (flaw) {
    case Flaw::not_tls: return "the first bytes are not those of a TLS handshake";
    case Flaw::bad_record: return "a TLS record that cannot be part of a ClientHello";
    case Flaw::too_many_records: return "a ClientHello in too many records";
    case Flaw::not_client_hello: return "a TLS handshake that does not begin with a ClientHello";
    case Flaw::hello_too_large: return "a ClientHello that is too large";
    case Flaw::hello_shares_record: return "something behind the ClientHello in its record";
    case Flaw::bad_hello: return "a malformed ClientHello";
    case Flaw::repeated_extension: return "a ClientHello with the same extension twice";
    case Flaw::bad_server_name: return "a server name that is not exactly one host name";
    case Flaw::bad_alpn: return "a malformed list of application protocols";
    case Flaw::bad_encrypted_hello: return "a malformed encrypted ClientHello";
  }
  return "an unknown flaw";
}

class Category : public std::error_category {
 public:
  const char* name() const noexcept override { return "inspect"; }
  std::string message(int code) const override { return text_of(static_cast<Flaw>(code)); }
};

}  // namespace

const std::error_category& flaw_category() noexcept {
  static const Category category;
  return category;
}

}  // namespace culvert::inspect
