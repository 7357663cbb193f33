// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <sys/socket.h>

#include <culvert/address.hpp>

#include "base/peer.hpp"
#include "base/place.hpp"

namespace culvert::net {

/// A place as the system's calls take it.
class SocketAddress {
 public:
  explicit SocketAddress(const Endpoint& endpoint);
  /// Of a path that has room: UnixPath::most_bytes.
  explicit SocketAddress(const UnixPath& path);
  explicit SocketAddress(const ListenPlace& place);
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  int family() const { return storage_.ss_family; }

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

/// The other way round. An address that is neither IPv4 nor IPv6 is 0.0.0.0:0.
Endpoint endpoint_of(const sockaddr_storage& from);

/// This end of a connected or bound socket.
Endpoint local_endpoint(int socket);

/// Where this socket listens.
ListenPlace local_place(int socket);

/// Who is at the other end of an accepted socket, whose address is `from`. Over a Unix socket it is
/// the user that the client had when it connected (SO_PEERCRED). Nobody when the system does not
/// tell.
std::optional<Peer> peer_of(int socket, const sockaddr_storage& from);

}  // namespace culvert::net
