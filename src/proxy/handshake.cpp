// SPDX-License-Identifier: Apache-2.0
#include "proxy/handshake.hpp"

#include <algorithm>

#include "http1/grammar.hpp"

namespace culvert::proxy {
namespace {

// Neither a target nor a field's value has a line feed in it.
constexpr char separator = '\n';

constexpr std::size_t most_kept = 2048;
constexpr std::size_t most_of_list = 256;

std::string_view next_part(std::string_view& left) {
  const auto end = std::min(left.find(separator), left.size());
  const auto part = left.substr(0, end);
  left.remove_prefix(std::min(end + 1, left.size()));
  return part;
}

/// The values of a list's fields, as one. What is too long to be kept ends in an element that
/// nobody knows.
std::string joined(const http1::Fields& fields, std::string_view name) {
  std::string list;
  http1::any_element(fields, name, [&](std::string_view element) {
    if (!list.empty()) list += ", ";
    list += list.size() + element.size() > most_of_list ? std::string_view("...") : element;
    return list.ends_with("...");
  });
  return list;
}

}  // namespace

policy::Handshake handshake_of(const http1::RequestHead& head, std::string_view path) {
  // Two of them would be somebody's choice, so they are none that any rule knows.
  const bool one_origin = head.fields.count("Origin") <= 1;
  policy::Handshake made{
      .path = path.empty() ? "/" : path,
      .origin = one_origin ? head.fields.first("Origin") : std::optional<std::string_view>(""),
      .protocols = {}};
  http1::any_element(head.fields, "Sec-WebSocket-Protocol", [&](std::string_view protocol) {
    made.protocols.push_back(protocol);
    return false;
  });
  return made;
}

std::string kept_handshake(const policy::Handshake& handshake) {
  std::string kept(handshake.path.substr(0, handshake.path.find('?')));
  if (kept.empty()) kept = "/";  // as it is written for the origin (RFC 9112 §3.2.1)
  kept += separator;
  // "=" stands before a value, so that an empty one is not taken for none.
  if (handshake.origin) kept.append("=").append(*handshake.origin);
  for (const auto protocol : handshake.protocols) (kept += separator) += protocol;
  return kept;
}

policy::Handshake handshake_from(std::string_view kept) {
  policy::Handshake made{.path = next_part(kept), .origin = {}, .protocols = {}};
  const auto origin = next_part(kept);
  if (origin.starts_with('=')) made.origin = origin.substr(1);
  while (!kept.empty()) made.protocols.push_back(next_part(kept));
  return made;
}

std::string small_enough(std::string kept) {
  if (kept.size() > most_kept) {
    // An empty subprotocol stands for all that are not kept: no rule allows that one.
    const auto behind_origin = kept.find(separator, kept.find(separator) + 1);
    kept.resize(std::min(behind_origin, kept.size()));
    kept.append(2, separator);
  }
  if (kept.size() > most_kept) return std::string(forgotten_handshake);
  kept.shrink_to_fit();
  return kept;
}

websocket::Facts facts_of(const http1::ResponseHead& switching) {
  websocket::Facts facts;
  facts.subprotocol = joined(switching.fields, "Sec-WebSocket-Protocol");
  facts.extensions = joined(switching.fields, "Sec-WebSocket-Extensions");
  return facts;
}

}  // namespace culvert::proxy
