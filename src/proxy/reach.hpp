// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>

#include "net/connect.hpp"
#include "proxy/reply.hpp"
#include "proxy/request.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {

/// Asks the policy about the target's name. Fills in the record and the verdict.
/// Errc::http_request_denied, or credentials_missing when it takes a user to tell.
std::expected<void, Refusal> decide(Request& request);

/// True when the policy only reports: then what it would have denied is in the record, and passes.
/// `rule` may be empty.
bool report(Request& request, std::string_view rule, std::string_view reason);

/// May the client use this address for its target, once the name was allowed? Report mode is the
/// caller's to ask for.
policy::Verdict judge_address(const Request& request, const Address& address);

/// True when the rule that allowed the request would have allowed it for this host, too.
bool same_rule_allows(const Request& request, const Host& host);

/// From a target that was allowed to a connected origin: resolve, decide on each address, connect
/// to one of those that passed, and to no other. Fills in the record on the way.
net::Task<std::expected<net::Connected, Refusal>> reach(Worker& worker, net::Connector& connector,
                                                        Request& request);

}  // namespace culvert::proxy
