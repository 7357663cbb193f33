// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "support/http.hpp"
#include "support/proxy.hpp"

namespace culvert::test {

/// A client, the proxy and an origin, for requests through the plain HTTP hop.
struct Hop {
  /// Receive buffers of peers that are to be slow; 0 leaves them.
  struct Buffers {
    int client = 0;
    int origin = 0;
  };

  explicit Hop(const std::string& toml = allow_local, const std::string& hosts = "");
  Hop(const std::string& toml, Buffers buffers);

  /// Sends the head of a request with these fields; returns the head that the origin reads.
  std::string begin(const std::string& method, const std::string& fields = "",
                    const std::string& version = "HTTP/1.1");

  /// The same, over the connection to the origin that is there already.
  std::string again(const std::string& method, const std::string& fields = "");

  Origin origin;
  Proxy proxy;
  Peer client;
  Peer server{-1};  ///< the origin's end, once begun
};

/// A configuration that lets tests reach this machine, with these lines under [timeouts].
std::string with_timeouts(const std::string& timeouts);

/// True when a tunnel is made and carries a byte, and soon.
bool serves(const Proxy& proxy, Origin& origin);

}  // namespace culvert::test
