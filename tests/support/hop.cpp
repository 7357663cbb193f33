// SPDX-License-Identifier: Apache-2.0
#include "support/hop.hpp"

namespace culvert::test {

Hop::Hop(const std::string& toml, const std::string& hosts)
    : proxy(toml, hosts), client(proxy.connect()) {}

Hop::Hop(const std::string& toml, Buffers buffers)
    : origin("127.0.0.1", 0, buffers.origin), proxy(toml), client(proxy.connect(buffers.client)) {}

std::string Hop::begin(const std::string& method, const std::string& fields,
                       const std::string& version) {
  client.send(method + " http://" + origin.authority() + "/ " + version + "\r\nHost: x\r\n" +
              fields + "\r\n");
  server = origin.accept();
  return server.read_head();
}

std::string Hop::again(const std::string& method, const std::string& fields) {
  client.send(method + " http://" + origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n" + fields +
              "\r\n");
  return server.read_head();
}

std::string with_timeouts(const std::string& timeouts) {
  return allow_local + ("[timeouts]\n" + timeouts + "\n");
}

bool serves(const Proxy& proxy, Origin& origin) {
  const auto begun = std::chrono::steady_clock::now();
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  client.send("x");
  return server.read_exactly(1) == "x" && std::chrono::steady_clock::now() - begun < Peer::patience;
}

}  // namespace culvert::test
