// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "support/peer.hpp"

/// HTTP/1 as the peers of a test write and read it: text.
namespace culvert::test {

/// A whole request in absolute-form, without a body. `fields` are lines, each with its CRLF.
std::string get(std::string_view authority, std::string_view path = "/",
                std::string_view fields = "");
/// A whole request for a tunnel.
std::string connect_to(std::string_view authority, std::string_view fields = "");

/// A response as a client reads it.
struct Response {
  std::string head;
  std::string body;

  int status() const;
  std::string phrase() const;
  /// The value of the first field with this name, in this case; "" if there is none.
  std::string field(std::string_view name) const;
};

/// Reads a response whose body has a Content-Length, or none.
Response read_response(Peer& peer);
/// Sends a request, reads the response.
Response ask(Peer& peer, std::string_view request);

}  // namespace culvert::test
