// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>

#include "net/connect.hpp"
#include "proxy/reply.hpp"
#include "proxy/request.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {

/// Asks the policy about the target's name. Fills in the record.
std::expected<policy::Verdict, Refusal> decide(Request& request);

/// True when the verdict lets this client use this address for its target.
bool permits(const Request& request, const policy::Verdict& verdict, const Address& address);

/// From a target that was allowed to a connected origin: resolve, decide on each address, connect
/// to one of those that passed, and to no other. Fills in the record on the way.
net::Task<std::expected<net::Connected, Refusal>> reach(Worker& worker, net::Connector& connector,
                                                        Request& request,
                                                        const policy::Verdict& verdict);

}  // namespace culvert::proxy
