// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include <culvert/authority.hpp>
#include <culvert/policy/rule.hpp>

namespace culvert::app {

/// What a request would ask for.
struct Asked {
  Authority target;
  std::string written_host;  ///< as it was written; empty when that is how rules see it
  policy::Scheme scheme = policy::Scheme::connect;
  std::string method = "CONNECT";
};

/// Reads what people write: HOST:PORT, which a client asks for by CONNECT, or an http, https, ws or
/// wss URL, which it asks for by `method`, GET when that is empty. Else what is wrong, and what
/// would be right.
std::expected<Asked, std::string> read_asked(std::string_view text, std::string_view method);

}  // namespace culvert::app
