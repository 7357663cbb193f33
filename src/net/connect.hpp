// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <culvert/authority.hpp>
#include <culvert/result.hpp>

#include "net/descriptor.hpp"
#include "net/loop.hpp"
#include "net/waiter.hpp"

namespace culvert::net {

/// RFC 8305 §5: how long one attempt is given before the next address is tried beside it.
inline constexpr milliseconds attempt_delay{250};

/// The order in which addresses are tried (RFC 8305 §4): the families in turn, IPv6 first, each
/// family in the order given.
std::vector<Address> in_connect_order(const std::vector<Address>& addresses);

struct Connected {
  Descriptor descriptor;  ///< watched by the loop: hand it to Socket::taking_over
  Address address;        ///< the one that answered first
};

/// Connects to whichever of several addresses answers first ("happy eyeballs", RFC 8305), and to no
/// other.
class Connector {
 public:
  explicit Connector(Loop& loop) : loop_(loop), news_(loop) {}

  /// `addresses` is not empty; it is tried in_connect_order. When all fail, the first one's failure
  /// is told: Errc::connection_refused, destination_ip_unroutable; connection_timeout at the
  /// deadline; connection_limit_reached without descriptors. One run at a time.
  Task<Result<Connected>> run(std::vector<Address> addresses, Port port, TimePoint deadline);

  /// Ends a run under way with Errc::aborted, and all later ones.
  void abort() {
    aborted_ = true;
    news_.wake(Woken::aborted);
  }

 private:
  Loop& loop_;
  Waiter news_;
  bool aborted_ = false;
};

}  // namespace culvert::net
