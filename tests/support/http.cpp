// SPDX-License-Identifier: Apache-2.0
#include "support/http.hpp"

namespace culvert::test {

std::string get(std::string_view authority, std::string_view path, std::string_view fields) {
  std::string request = "GET http://";
  request.append(authority).append(path).append(" HTTP/1.1\r\nHost: ").append(authority);
  return request.append("\r\n").append(fields).append("\r\n");
}

std::string connect_to(std::string_view authority, std::string_view fields) {
  std::string request = "CONNECT ";
  request.append(authority).append(" HTTP/1.1\r\nHost: ").append(authority);
  return request.append("\r\n").append(fields).append("\r\n");
}

int Response::status() const {
  return head.starts_with("HTTP/1.1 ") ? std::stoi(head.substr(9, 3)) : 0;
}

std::string Response::phrase() const {
  return head.substr(13, head.find("\r\n") - 13);
}

std::string Response::field(std::string_view name) const {
  const auto line = head.find("\r\n" + std::string(name) + ": ");
  if (line == std::string::npos) return "";
  const auto value = line + 2 + name.size() + 2;
  return head.substr(value, head.find("\r\n", value) - value);
}

Response read_response(Peer& peer) {
  Response response{.head = peer.read_head(), .body = {}};
  const auto length = response.field("Content-Length");
  if (!length.empty()) response.body = peer.read_exactly(std::stoul(length));
  return response;
}

Response ask(Peer& peer, std::string_view request) {
  peer.send(request);
  return read_response(peer);
}

}  // namespace culvert::test
