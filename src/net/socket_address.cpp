// SPDX-License-Identifier: Apache-2.0
#include "net/socket_address.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>

#include <netinet/in.h>
#include <sys/un.h>

namespace culvert::net {

SocketAddress::SocketAddress(const Endpoint& endpoint) {
  if (endpoint.address.is_v4()) {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(endpoint.port);
    four.sin_addr.s_addr = htonl(endpoint.address.v4_number());
    std::memcpy(&storage_, &four, sizeof four);
    size_ = sizeof four;
  } else {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(endpoint.port);
    std::ranges::copy(endpoint.address.bytes(), six.sin6_addr.s6_addr);
    std::memcpy(&storage_, &six, sizeof six);
    size_ = sizeof six;
  }
}

SocketAddress::SocketAddress(const UnixPath& path) {
  assert(!path.text.empty() && path.text.size() <= UnixPath::most_bytes);
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  std::ranges::copy(path.text, local.sun_path);
  std::memcpy(&storage_, &local, sizeof local);
  size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.text.size() + 1);
}

SocketAddress::SocketAddress(const ListenPlace& place)
    : SocketAddress(place.unix_path() != nullptr ? SocketAddress(*place.unix_path())
                                                 : SocketAddress(*place.endpoint())) {}

Endpoint endpoint_of(const sockaddr_storage& from) {
  if (from.ss_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &from, sizeof four);
    return {.address = Address::v4(ntohl(four.sin_addr.s_addr)), .port = ntohs(four.sin_port)};
  }
  if (from.ss_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &from, sizeof six);
    Address::Bytes16 bytes{};
    std::ranges::copy(six.sin6_addr.s6_addr, bytes.begin());
    return {.address = Address::v6(bytes), .port = ntohs(six.sin6_port)};
  }
  return {};
}

Endpoint local_endpoint(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return endpoint_of(storage);
}

ListenPlace local_place(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  if (storage.ss_family != AF_UNIX) return endpoint_of(storage);
  sockaddr_un local{};
  std::memcpy(&local, &storage, sizeof local);
  return UnixPath{{local.sun_path, strnlen(local.sun_path, sizeof local.sun_path)}};
}

std::optional<Peer> peer_of(int socket, const sockaddr_storage& from) {
  if (from.ss_family != AF_UNIX) return endpoint_of(from);
  ucred user{};
  socklen_t size = sizeof user;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &user, &size) != 0) return std::nullopt;
  return LocalUser{user.uid};
}

}  // namespace culvert::net
