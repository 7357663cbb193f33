// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

/// Lines of an access log, for tests that read them.
namespace culvert::test {

using Json = nlohmann::json;

/// A tunnel to `host` that has ended, with `more` fields beside the usual ones or in their place.
inline std::string tunnel_line(const std::string& host, const Json& more = Json::object()) {
  Json line{{"ts", "2026-11-21T05:00:18.185Z"},
            {"id", "f427d4ef12fdc834"},
            {"event", "close"},
            {"client", "127.0.0.1:53586"},
            {"listener", "127.0.0.1:3128"},
            {"proto", "h1"},
            {"kind", "connect"},
            {"method", "CONNECT"},
            {"host", host},
            {"port", 443},
            {"resolved", "93.184.215.14"},
            {"rule", "web"},
            {"verdict", "allow"},
            {"status", 200}};
  line.update(more);
  return line.dump();
}

/// A GET over the plain hop.
inline std::string request_line(const std::string& host, const Json& more = Json::object()) {
  Json fields{{"event", "request"}, {"kind", "hop"}, {"method", "GET"}, {"port", 80}};
  fields.update(more);
  return tunnel_line(host, fields);
}

}  // namespace culvert::test
