// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <culvert/policy.hpp>

#include "config/value.hpp"

namespace culvert::config {

/// Reads an entry of `ports`: 443, "443" or "1024-65535".
Read<policy::PortRange> read_ports(const Value& value);

/// Reads an entry of `clients` or `private`: an address, or a network such as "10.0.0.0/8".
Read<Network> read_network(const Value& value);

/// Reads an entry of `hosts` that is no "@set".
Read<policy::HostPattern> read_pattern(const Value& value);

}  // namespace culvert::config
