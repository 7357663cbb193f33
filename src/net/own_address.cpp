// SPDX-License-Identifier: Apache-2.0
#include "net/own_address.hpp"

#include <cstring>
#include <memory>

#include <ifaddrs.h>
#include <netinet/in.h>

#include "net/socket_address.hpp"

namespace culvert::net {
namespace {

Address address_of(const sockaddr& from) {
  sockaddr_storage storage{};
  std::memcpy(&storage, &from, from.sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof from);
  return endpoint_of(storage).address;
}

}  // namespace

bool is_own_address(const Address& address) {
  if (address.is_loopback()) return true;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return true;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> held(all, freeifaddrs);
  for (const auto* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr != nullptr && address_of(*one->ifa_addr) == address) return true;
  }
  return false;
}

}  // namespace culvert::net
