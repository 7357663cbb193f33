// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <culvert/address.hpp>

namespace culvert::net {

/// True when a connection to this address stays on this machine: loopback (all of 127.0.0.0/8), and
/// whatever its interfaces have; and when the system does not tell, since who asks would rather
/// refuse. Asks each time: for rare questions.
bool is_own_address(const Address& address);

}  // namespace culvert::net
