// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <culvert/authority.hpp>
#include <culvert/result.hpp>

#include "net/descriptor.hpp"
#include "net/loop.hpp"

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

/// Connects to whichever of these addresses answers first ("happy eyeballs", RFC 8305), and to no
/// other. `addresses` is not empty. When all fail, the first one's failure is told:
/// Errc::connection_refused, destination_ip_unroutable; connection_timeout at the deadline;
/// connection_limit_reached without descriptors.
Task<Result<Connected>> connect_any(Loop& loop, std::vector<Address> addresses, Port port,
                                    TimePoint deadline);

}  // namespace culvert::net
