// SPDX-License-Identifier: Apache-2.0
#include <culvert/http1/hop.hpp>

#include "http1/grammar.hpp"

namespace culvert::http1 {
namespace {

/// The second word of `received-protocol RWS received-by [RWS comment]` (RFC 9110 §7.6.3).
std::string_view received_by(std::string_view via) {
  via = trim(via.substr(std::min(via.find_first_of(" \t"), via.size())));
  return via.substr(0, via.find_first_of(" \t"));
}

}  // namespace

bool keeps_alive(const RequestHead& head) {
  return head.version == Version::http11 && !head.fields.has_token("Connection", "close") &&
         !head.fields.has_token("Proxy-Connection", "close");
}

bool keeps_alive(const ResponseHead& head) {
  const auto says = [&head](auto option) { return head.fields.has_token("Connection", option); };
  return !says("close") && (head.version == Version::http11 || says("keep-alive"));
}

bool passed_through(const RequestHead& head, std::string_view pseudonym) {
  return any_element(head.fields, "Via", [pseudonym](std::string_view element) {
    return same_token(received_by(element), pseudonym);
  });
}

}  // namespace culvert::http1
