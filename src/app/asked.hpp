// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <culvert/authority.hpp>
#include <culvert/policy/rule.hpp>

#include "app/ways_in.hpp"

namespace culvert::app {

/// What stands in rules, and is said here, for a handshake without an Origin field.
inline constexpr std::string_view no_origin = "none";

/// What a request would ask for.
struct Asked {
  Authority target;
  std::string written_host;  ///< as it was written; empty when that is how rules see it
  policy::Scheme scheme = policy::Scheme::connect;
  std::string method = "CONNECT";
  std::string path = {};  ///< of a URL, with its query and as it was written

  // Of a WebSocket handshake, as far as it was said.
  std::optional<std::string> origin = {};
  std::vector<std::string> protocols = {};
  WaysIn ways_in = {};  ///< none at all: they do not matter

  bool is_websocket() const {
    return scheme == policy::Scheme::ws || scheme == policy::Scheme::wss;
  }
};

/// Reads what people write: HOST:PORT, which a client asks for by CONNECT, or an http, https, ws or
/// wss URL, which it asks for by `method`, GET when that is empty. Else what is wrong, and what
/// would be right.
std::expected<Asked, std::string> read_asked(std::string_view text, std::string_view method);

/// The path of a URL to show: without its query, which may have secrets in it.
std::string path_of(const Asked& asked);

}  // namespace culvert::app
