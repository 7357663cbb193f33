// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <culvert/address.hpp>
#include <culvert/policy/rule.hpp>

/// One form for lists that mean the same.
namespace culvert::policy {

/// In order, apart from one another. None when they are all ports, as for a rule that names none.
std::vector<PortRange> merged(std::vector<PortRange> ranges);
/// The same, but one range for all ports.
std::vector<PortRange> merged_or_all(const std::vector<PortRange>& ranges);

/// In order, and none within another.
std::vector<Network> merged(std::vector<Network> networks);

}  // namespace culvert::policy
