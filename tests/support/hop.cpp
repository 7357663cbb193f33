// SPDX-License-Identifier: Apache-2.0
#include "support/hop.hpp"

namespace culvert::test {

Hop::Hop(const std::string& toml) : proxy(toml), client(proxy.connect()) {}

std::string Hop::begin(const std::string& method, const std::string& fields,
                       const std::string& version) {
  client.send(method + " http://" + origin.authority() + "/ " + version + "\r\nHost: x\r\n" +
              fields + "\r\n");
  server = origin.accept();
  return server.read_head();
}

std::string with_timeouts(const std::string& timeouts) {
  return allow_local + ("[timeouts]\n" + timeouts + "\n");
}

}  // namespace culvert::test
