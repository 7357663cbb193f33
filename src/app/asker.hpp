// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/explanation.hpp"
#include "config/config.hpp"

namespace culvert::app {

/// Fills in who makes a request, as far as the configuration tells: the proxy would take it for the
/// same. A user who was said has proved it, and credentials go before the place that a request
/// comes from. Groups that were said come on top of those of the groups file.
void complete_asker(const config::Config& config, Request& request);

}  // namespace culvert::app
