// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <culvert/policy.hpp>

#include "app/sighting.hpp"

namespace culvert::app {

/// True when the policy allows all of what was seen: the target at that time of the week, the
/// address that it had, and what ran in the tunnel. Without `groups` nobody is in any.
bool covered(const policy::Policy& policy, const policy::Membership* groups,
             const Sighting& sighting);

}  // namespace culvert::app
