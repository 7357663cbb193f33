// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "app/explanation_writers.hpp"
#include "app/when.hpp"

namespace culvert::app {
namespace {

using Json = nlohmann::ordered_json;
using policy::Rule;
using policy::Speech;

const char* verdict(bool allowed) {
  return allowed ? "allow" : "deny";
}

/// The rule that decides or missed: its name, and where it stands if that is in a file.
Json rule_of(const Rule* rule, const std::string& file) {
  Json made;
  made["rule"] = rule == nullptr ? "default" : rule->name;
  if (rule != nullptr && rule->line != 0 && !file.empty()) {
    made["file"] = file;
    made["line"] = rule->line;
  }
  return made;
}

Json handshake_of(const JudgedHandshake& judged) {
  Json made;
  made["verdict"] = verdict(judged.allowed());
  if (!judged.allowed()) made["why"] = judged.why;
  if (!judged.conditions.empty()) made["if"] = judged.conditions;
  return made;
}

Json decision_of(const Explanation::Decision& decision, const std::string& file) {
  auto made = rule_of(decision.rule, file);
  made["verdict"] = verdict(decision.allowed);
  made["wants_user"] = decision.wants_user;
  if (decision.handshake) made["handshake"] = handshake_of(*decision.handshake);
  return made;
}

Json request_of(const Request& request) {
  const auto& asked = request.asked;
  Json made;
  made["host"] = asked.target.host.text();
  if (!asked.written_host.empty()) made["written"] = asked.written_host;
  made["port"] = asked.target.port.number();
  made["scheme"] = policy::word(asked.scheme);
  made["method"] = asked.method;
  if (asked.is_websocket()) made["path"] = path_of(asked);
  if (asked.origin) made["origin"] = *asked.origin;
  if (!asked.protocols.empty()) made["protocols"] = asked.protocols;
  made["client"] = request.client.text();
  if (!request.listener.empty()) made["listener"] = request.listener;
  if (!request.user.empty()) made["user"] = request.user;
  if (request.known_by_place) made["user_by"] = "identities";
  if (!request.groups.empty()) made["groups"] = request.groups;
  made["time"] = text_of(request.when);
  return made;
}

Json missed_of(const Explanation& explanation, const std::string& file) {
  auto made = Json::array();
  for (const auto& [rule, by, why] : explanation.missed) {
    auto one = rule_of(rule, file);
    one["by"] = policy::word(by);
    one["why"] = why;
    made.push_back(std::move(one));
  }
  return made;
}

Json addresses_of(const Explanation& explanation) {
  auto made = Json::array();
  for (const auto& judged : explanation.addresses) {
    Json one;
    one["address"] = judged.address.text();
    one["verdict"] = verdict(judged.allowed);
    if (!judged.why.empty()) one["why"] = judged.why;
    made.push_back(std::move(one));
  }
  return made;
}

Json websocket_of(const policy::WebSockets& rule) {
  Json made;
  auto origins = Json::array();
  for (const auto& origin : rule.origins) origins.push_back(origin.text);
  made["denied"] = rule.denied;
  made["allowed"] = rule.allowed;
  made["origins"] = std::move(origins);
  made["paths"] = rule.paths;
  made["protocols"] = rule.protocols;
  return made;
}

Json quota_of(const policy::Quota& quota) {
  Json made;
  made["tunnels"] = quota.tunnels;
  made["tunnels_per_second"] = quota.tunnels_per_second;
  made["bytes_per_second"] = quota.bytes_per_second;
  made["bytes_per_day"] = quota.bytes_per_day;
  return made;
}

/// Those of [timeouts] and [websocket] hold otherwise.
Json timeouts_of(const std::vector<OwnSetting>& timeouts) {
  auto made = Json::object();
  for (const auto& [name, value] : timeouts) made[std::string(name)] = value;
  return made;
}

Json demands_of(const Rule& rule, const Explanation& explanation) {
  auto tunnel = Json::array();
  for (const auto speech : {Speech::tls, Speech::websocket, Speech::http, Speech::any}) {
    if (rule.tunnel.has(speech)) tunnel.push_back(policy::word(speech));
  }
  Json made;
  made["tunnel"] = std::move(tunnel);
  made["sni"] = policy::word(rule.sni);
  made["websocket"] = websocket_of(rule.websocket);
  made["timeouts"] = timeouts_of(explanation.timeouts);
  made["quota"] = quota_of(rule.quota);
  made["origin_http"] = word(explanation.origin_http);
  return made;
}

}  // namespace

std::string as_json(const Explanation& explanation, const std::string& file) {
  Json made;
  made["request"] = request_of(explanation.request);
  made["missed"] = missed_of(explanation, file);
  made["decides"] = decision_of(explanation.decision, file);
  made["addresses"] = addresses_of(explanation);
  if (!explanation.lookup_failure.empty()) made["lookup_failure"] = explanation.lookup_failure;
  const auto* rule = explanation.decision.rule;
  if (rule != nullptr && rule->action == policy::Action::allow) {
    made["asks"] = demands_of(*rule, explanation);
  }
  if (explanation.browsers) made["browsers"] = decision_of(*explanation.browsers, file);
  made["mode"] = explanation.report_mode ? "report" : "enforce";
  made["verdict"] = verdict(explanation.outcome == Explanation::Outcome::allow);
  made["last_word"] = last_word(explanation);
  // A user's name may be no UTF-8.
  return made.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace culvert::app
