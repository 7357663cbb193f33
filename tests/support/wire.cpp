// SPDX-License-Identifier: Apache-2.0
#include "support/wire.hpp"

#include <initializer_list>

namespace culvert::test {
namespace {

void append_all(std::string& out, std::initializer_list<std::string_view> parts) {
  for (const auto part : parts) out.append(part);
}

std::string connection_to_origin(const Heard& heard) {
  const bool closes = !keeps_upstreams && !heard.upgrade;
  std::string out = heard.upgrade ? "Upgrade" : "";
  if (closes) out = "close";
  if (heard.trailers) out += out.empty() ? "TE" : ", TE";
  return out.empty() ? "" : "Connection: " + out + "\r\n";
}

/// An answer that says when it was made goes on as it is.
std::string_view date_of(std::string_view status, std::string_view fields) {
  const bool none = status.starts_with('1') || fields.contains("Date: ");
  return none ? "" : "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
}

}  // namespace

std::string asks(std::string_view start_line, std::string_view fields, std::string_view body) {
  std::string out;
  append_all(out, {start_line, "\r\nHost: {origin}\r\n", fields, "\r\n", body});
  return out;
}

std::string arrived(std::string_view start_line, std::string_view fields, std::string_view body,
                    Heard heard) {
  std::string out;
  append_all(out, {start_line, "\r\nHost: {origin}\r\n", fields});
  append_all(out, {heard.version10 ? "Via: 1.0 here\r\n" : "Via: 1.1 here\r\n"});
  append_all(out, {heard.upgrade ? "Upgrade: websocket\r\n" : ""});
  append_all(out, {heard.trailers ? "TE: trailers\r\n" : ""});
  append_all(out, {connection_to_origin(heard), "\r\n", body});
  return out;
}

std::string answers(std::string_view status, std::string_view fields, std::string_view body) {
  std::string out;
  append_all(out, {"HTTP/1.1 ", status, "\r\n", date_of(status, fields), fields, "\r\n", body});
  return out;
}

std::string got(std::string_view status, std::string_view fields, std::string_view body,
                std::string_view connection) {
  std::string out;
  append_all(out, {"HTTP/1.1 ", status, "\r\n", date_of(status, fields), fields});
  append_all(out, {"Via: 1.1 here\r\n"});
  if (!connection.empty()) append_all(out, {"Connection: ", connection, "\r\n"});
  append_all(out, {"\r\n", body});
  return out;
}

}  // namespace culvert::test
