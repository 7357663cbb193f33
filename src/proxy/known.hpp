// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/peer.hpp"
#include "config/config.hpp"

/// Who a client is without its credentials.
namespace culvert::proxy {

/// Who a client is by where it comes from; empty if that tells nobody.
std::string known_by_place(const config::Config& config, const Peer& client);

/// True when this user, who was one once, still is: with a secret, or by the place.
bool is_still_known(const config::Config& config, std::string_view user, const Peer& client);

}  // namespace culvert::proxy
