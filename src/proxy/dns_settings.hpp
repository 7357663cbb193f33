// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config.hpp"
#include "dns/resolver.hpp"

namespace culvert::proxy {

/// `[dns]` as a resolver wants it.
dns::Settings dns_settings(const config::Dns& config);

}  // namespace culvert::proxy
