// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <culvert/address.hpp>
#include <culvert/authority.hpp>
#include <culvert/policy.hpp>

#include "config/config.hpp"
#include "net/socket.hpp"
#include "proxy/inbox.hpp"

namespace culvert::proxy {

/// Which requests may go over the same connection: those for one origin, secured the same way, that
/// one rule of one configuration allows. So no request ever profits from what another one, with
/// other rights, was allowed to open.
struct Route {
  Authority origin;
  bool tls = false;
  const policy::Rule* rule = nullptr;  ///< of the configuration; null: the default allowed it

  friend bool operator==(const Route&, const Route&) = default;
  struct Hash {
    std::size_t operator()(const Route& route) const;
  };
};

class OriginCarrier;

/// A connection to an origin: one exchange at a time, and several one after another. Or a stream of
/// one, which has one exchange.
struct Upstream {
  Upstream(net::Loop& loop, net::Connection connection, Route to, const Address& at,
           std::shared_ptr<const config::Config> under)
      : route(std::move(to)),
        address(at),
        config(std::move(under)),
        socket(net::Socket::taking_over(loop, std::move(connection))) {}

  Route route;
  Address address;                               ///< what it is connected to
  std::shared_ptr<const config::Config> config;  ///< what allowed it; route.rule points into it
  net::Socket socket;
  OriginCarrier* carrier = nullptr;  ///< whose stream `socket` is, and which lasts as long as that
  Inbox inbox;                       ///< read from it and not used; empty between two exchanges
  /// An exchange was had over it before: that it is closed now says nothing of the origin.
  bool reused = false;
  /// No other client may use it: it carries this one's identity, or a body of this one's, which an
  /// origin that does not read bodies would take for a request (CL.0) whose answer comes later.
  bool personal = false;
  /// It carries a client's identity (NTLM and Negotiate authenticate connections, RFC 4559 §6): its
  /// requests go over this one, whatever they are.
  bool authenticated = false;
};

}  // namespace culvert::proxy
