// SPDX-License-Identifier: Apache-2.0
#include "config/policy_hash.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "hash/digest.hpp"

namespace culvert::config {
namespace {

std::string text_of(const policy::Quota& quota) {
  return std::to_string(quota.tunnels) + ' ' + std::to_string(quota.tunnels_per_second) + ' ' +
         std::to_string(quota.bytes_per_second) + ' ' + std::to_string(quota.bytes_per_day) + '\n';
}

/// Those that a rule may set for what it allows.
std::string text_of(const Timeouts& timeouts) {
  std::string text = "timeouts";
  for (const auto limit :
       {timeouts.connect, timeouts.response_head, timeouts.body_idle, timeouts.tunnel_first_bytes,
        timeouts.tunnel_idle, timeouts.tunnel_lifetime, timeouts.half_closed}) {
    text += ' ' + std::to_string(limit.count());
  }
  return text + '\n';
}

std::string text_of(const websocket::Settings& settings) {
  std::string text = "websocket";
  for (const auto limit : {settings.idle, settings.pong_timeout, settings.ping_interval}) {
    text += ' ' + std::to_string(limit.count());
  }
  text += ' ' + std::string(websocket::word(settings.heartbeat));
  text += settings.strict ? " strict" : " lenient";
  return text + ' ' + std::to_string(settings.max_message) + ' ' +
         std::to_string(settings.max_frame) + '\n';
}

std::string text_of(const std::vector<Identity>& identities) {
  std::vector<std::string> lines;
  for (const auto& one : identities) lines.push_back(one.network.text() + ' ' + one.user + '\n');
  std::ranges::sort(lines);
  std::string text;
  for (const auto& line : lines) text += line;
  return text;
}

/// Of those that take no WebSocket.
std::string text_of(const std::vector<Listen>& listeners) {
  std::vector<std::string> lines;
  for (const auto& one : listeners) {
    if (!one.websocket) lines.push_back("no websocket " + one.place.text() + '\n');
  }
  std::ranges::sort(lines);
  std::string text;
  for (const auto& line : lines) text += line;
  return text;
}

}  // namespace

std::string policy_hash_of(const Config& config) {
  hash::Sha256 hash;
  policy::write_canonical(config.policy, [&](std::string_view piece) { hash.update(piece); });
  for (const auto& timeouts : config.rule_timeouts) hash.update(text_of(timeouts));
  for (const auto& settings : config.rule_websocket) hash.update(text_of(settings));
  hash.update("\nclient " + text_of(config.client_quota));
  hash.update("user " + text_of(config.user_quota));
  hash.update(text_of(config.identities));
  hash.update(text_of(config.listen));
  if (config.users) hash.update("users " + config.users->fingerprint());
  return hash.finish();
}

}  // namespace culvert::config
