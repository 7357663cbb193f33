// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "support/http.hpp"
#include "support/proxy.hpp"

/// Tunnels that are looked into before their first byte goes on.
namespace culvert::test {

/// Both ends of one.
struct Tunnel {
  Peer client;
  Peer server;
};

/// A proxy whose one rule, "chat", allows chat.test, images.test and 127.0.0.1, which all are an
/// origin here. It gives a client a second to say what it speaks, and an origin one to answer.
struct Tunnels {
  /// `terms` are lines of the rule, `more` is what follows it, `top` comes before all.
  explicit Tunnels(const std::string& terms = "", const std::string& more = "",
                   const std::string& top = "")
      : proxy(top +
                  "[[rule]]\nname = \"chat\"\naction = \"allow\"\nprivate = true\n"
                  "hosts = [\"chat.test\", \"images.test\", \"127.0.0.1\"]\n" +
                  terms + "\n" + more +
                  "\n[timeouts]\ntunnel_first_bytes = \"1s\"\nresponse_head = \"1s\"\n",
              "127.0.0.1 chat.test images.test other.test\n") {}

  std::string authority(const std::string& host = "chat.test") const {
    return host + ":" + std::to_string(origin.port());
  }
  Tunnel open(const std::string& host = "chat.test") {
    auto client = proxy.tunnel(authority(host));
    return {std::move(client), origin.accept()};
  }
  /// The line of what has been the only tunnel.
  Proxy::Line only_line() {
    auto lines = proxy.log(1);
    return lines.size() == 1 ? lines.front() : Proxy::Line();
  }

  Origin origin;
  Proxy proxy;
};

/// access_denied, as a TLS client is told it (RFC 8446 §6.2).
inline const std::string access_denied("\x15\x03\x03\x00\x02\x02\x31", 7);

// The example of RFC 6455 §1.3.
inline const std::string handshake_fields =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
inline const std::string switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// A WebSocket handshake as it stands in a tunnel. `fields` are lines, each with its CRLF.
inline std::string handshake_inside(std::string_view fields = "", std::string_view path = "/chat",
                                    std::string_view host = "chat.test") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n" +
         handshake_fields + std::string(fields) + "\r\n";
}

/// True when nothing has reached the origin, and nothing will.
inline bool reached_by_nothing(Tunnel& tunnel) {
  tunnel.client.close();
  return tunnel.server.read_rest().empty();
}

}  // namespace culvert::test
