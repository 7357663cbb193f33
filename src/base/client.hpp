// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <variant>

#include <culvert/address.hpp>

#include "base/peer.hpp"

namespace culvert {

/// Who is behind a connection, as far as it can be told: what one may have and do is counted by
/// this. Over TCP it is an address, but whoever has one of IPv6 has all of its /64 (RFC 4291
/// §2.5.1), and could be 2^64 clients; over a Unix socket it is the user.
class Client {
 public:
  explicit Client(const Peer& peer);

  /// "192.0.2.1", "2001:db8:1:2::/64", "uid:1000". Different for each client.
  std::string text() const;

  friend auto operator<=>(const Client&, const Client&) = default;

 private:
  std::variant<Address, LocalUser> who_;  // an address of IPv6 ends in zeros
};

}  // namespace culvert
