// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <variant>

#include <culvert/address.hpp>

#include "base/endpoint.hpp"

namespace culvert {

/// A user of this machine, by the number that the system knows the account by.
struct LocalUser {
  std::uint32_t uid;
  friend auto operator<=>(const LocalUser&, const LocalUser&) = default;
};

/// Who is at the other end of a client's connection: an endpoint, or over a Unix socket a local
/// user. The latter has no address, not even an unspecified one, so that it is in no network and
/// nobody takes it for loopback. Small, since each tunnel keeps one.
class Peer {
 public:
  /// 0.0.0.0:0.
  Peer() = default;
  Peer(const Endpoint& endpoint) : who_(endpoint) {}  // NOLINT(*-explicit-*): it is one
  Peer(LocalUser user) : who_(user) {}                // NOLINT(*-explicit-*): it is one

  /// Null for a local user.
  const Endpoint* endpoint() const { return std::get_if<Endpoint>(&who_); }
  const Address* address() const { return endpoint() != nullptr ? &endpoint()->address : nullptr; }
  /// Null unless it came over a Unix socket.
  const LocalUser* local_user() const { return std::get_if<LocalUser>(&who_); }
  /// Who it is by the connection alone: "uid:1000"; empty for an endpoint, which is nobody.
  std::string identity() const;
  /// As the access log has it: "127.0.0.1:53586", "unix:uid=1000".
  std::string text() const;

  friend bool operator==(const Peer&, const Peer&) = default;

 private:
  std::variant<Endpoint, LocalUser> who_;
};

}  // namespace culvert
