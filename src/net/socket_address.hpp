// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <sys/socket.h>

#include <culvert/address.hpp>

#include "base/endpoint.hpp"

namespace culvert::net {

/// An Endpoint as the system's calls take it.
class SocketAddress {
 public:
  explicit SocketAddress(const Endpoint& endpoint);
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

}  // namespace culvert::net
