// SPDX-License-Identifier: Apache-2.0
#include "base/client.hpp"

#include <algorithm>

namespace culvert {
namespace {

constexpr std::size_t network_bytes = 8;

Address network_of(const Address& address) {
  if (address.is_v4()) return address;
  Address::Bytes16 network{};
  std::ranges::copy(address.bytes().first(network_bytes), network.begin());
  return Address::v6(network);
}

}  // namespace

Client::Client(const Peer& peer) {
  if (const auto* user = peer.local_user()) {
    who_ = *user;
  } else {
    who_ = network_of(*peer.address());
  }
}

std::string Client::text() const {
  if (const auto* user = std::get_if<LocalUser>(&who_)) return Peer(*user).identity();
  const auto& address = std::get<Address>(who_);
  return address.is_v4() ? address.text() : address.text() + "/64";
}

}  // namespace culvert
