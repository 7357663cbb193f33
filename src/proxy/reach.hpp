// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>

#include "net/connect.hpp"
#include "proxy/reply.hpp"
#include "proxy/request.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {

/// From a target to a connected origin: decide, resolve, decide on each address, connect to one of
/// those that passed, and to no other. Fills in the record on the way.
net::Task<std::expected<net::Connected, Refusal>> reach(Worker& worker, net::Connector& connector,
                                                        Request& request);

}  // namespace culvert::proxy
