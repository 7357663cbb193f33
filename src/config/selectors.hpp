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
/// What is wrong with text that HostPattern::parse refuses, from what was likely meant.
std::string no_pattern(std::string_view text);

/// Reads an entry of `users` or `groups`.
Read<std::string> read_user(const Value& value);
/// What is wrong with a user's name; empty if nothing is.
std::string no_user(std::string_view name);

/// Reads an entry of `methods`, any token (RFC 9110 §9.1).
Read<std::string> read_method(const Value& value);
Read<policy::Scheme> read_scheme(const Value& value);
Read<policy::Hours> read_hours(const Value& value);

}  // namespace culvert::config
