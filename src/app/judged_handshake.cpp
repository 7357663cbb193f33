// SPDX-License-Identifier: Apache-2.0
#include "app/judged_handshake.hpp"

#include <utility>

#include <fmt/format.h>

#include <culvert/http1/head.hpp>

#include "app/missed.hpp"
#include "proxy/handshake.hpp"

namespace culvert::app {
namespace {

using policy::Speech;
using policy::WebSockets;

/// What of a handshake's head a rule asks about; it looks into `asked`.
http1::RequestHead head_of(const Asked& asked) {
  http1::RequestHead head;
  if (asked.origin && *asked.origin != no_origin) {
    head.fields.add({.name = "Origin", .value = *asked.origin});
  }
  for (const auto& protocol : asked.protocols) {
    head.fields.add({.name = "Sec-WebSocket-Protocol", .value = protocol});
  }
  return head;
}

WebSockets without_the_unsaid(WebSockets rule, const Asked& asked) {
  if (!asked.origin) rule.origins.clear();
  if (asked.protocols.empty()) rule.protocols.clear();
  return rule;
}

std::vector<std::string> conditions_of(const WebSockets& rule, const Asked& asked) {
  std::vector<std::string> made;
  if (auto way = condition_of(asked.ways_in, rule)) made.push_back(*std::move(way));
  if (!rule.origins.empty() && !asked.origin) {
    std::vector<std::string> origins;
    for (const auto& origin : rule.origins) origins.push_back(origin.text);
    made.push_back("the Origin is one of " + some_of(origins));
  }
  if (!rule.protocols.empty() && asked.protocols.empty()) {
    made.push_back("every subprotocol is one of " + some_of(rule.protocols) + ", and there is one");
  }
  return made;
}

}  // namespace

JudgedHandshake judged_handshake(const WebSockets& rule, const Asked& asked) {
  if (auto of_listener = objection_of(asked.ways_in, rule); !of_listener.empty()) {
    return {.why = std::move(of_listener), .conditions = {}};
  }
  const auto head = head_of(asked);
  auto objection =
      policy::objection(without_the_unsaid(rule, asked), proxy::handshake_of(head, asked.path));
  if (!objection) return {.why = {}, .conditions = conditions_of(rule, asked)};
  // To a rule that denies them all, each is just "WebSocket".
  return {.why = rule.denied ? "denied" : *std::move(objection), .conditions = {}};
}

JudgedHandshake judged_in_tunnel(const policy::Rule& rule, const Asked& asked) {
  const bool may_hold_it = rule.tunnel.has(Speech::websocket) || rule.tunnel.has(Speech::any);
  if (!rule.websocket.denied && !may_hold_it) {
    return {.why = "the rule's tunnels may hold none", .conditions = {}};
  }
  return judged_handshake(rule.websocket, asked);
}

std::string text_of(const std::vector<std::string>& conditions) {
  std::string made;
  for (const auto& condition : conditions) {
    made += fmt::format("{}if {}", made.empty() ? "" : ", and ", condition);
  }
  return made;
}

}  // namespace culvert::app
