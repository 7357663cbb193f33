// SPDX-License-Identifier: Apache-2.0
#include "app/own_timeouts.hpp"

#include <array>
#include <utility>

#include "config/number.hpp"

namespace culvert::app {
namespace {

using config::Timeouts;
using std::chrono::milliseconds;
using websocket::Settings;

/// Those that a rule can have.
constexpr std::array<std::pair<std::string_view, milliseconds Timeouts::*>, 7> kinds{{
    {"connect", &Timeouts::connect},
    {"response_head", &Timeouts::response_head},
    {"body_idle", &Timeouts::body_idle},
    {"tunnel_first_bytes", &Timeouts::tunnel_first_bytes},
    {"tunnel_idle", &Timeouts::tunnel_idle},
    {"tunnel_lifetime", &Timeouts::tunnel_lifetime},
    {"half_closed", &Timeouts::half_closed},
}};

constexpr std::array<std::pair<std::string_view, milliseconds Settings::*>, 3> websocket_times{{
    {"websocket.idle", &Settings::idle},
    {"websocket.pong_timeout", &Settings::pong_timeout},
    {"websocket.ping_interval", &Settings::ping_interval},
}};

constexpr std::array<std::pair<std::string_view, std::uint64_t Settings::*>, 2> websocket_sizes{{
    {"websocket.max_message", &Settings::max_message},
    {"websocket.max_frame", &Settings::max_frame},
}};

constexpr std::array<std::pair<std::string_view, milliseconds>, 5> units{{
    {"d", std::chrono::days(1)},
    {"h", std::chrono::hours(1)},
    {"m", std::chrono::minutes(1)},
    {"s", std::chrono::seconds(1)},
    {"ms", milliseconds(1)},
}};

/// Where two structs differ in these members, as text.
void add(const auto& members, const auto& general, const auto& own, auto text,
         std::vector<OwnSetting>& into) {
  for (const auto& [name, member] : members) {
    if (general.*member == own.*member) continue;
    into.push_back({.name = name, .value = text(own.*member)});
  }
}

std::string text_of_size(std::uint64_t bytes) {
  return bytes == 0 ? "0" : config::size_text(bytes);
}

void add_websocket(const Settings& general, const Settings& own, std::vector<OwnSetting>& into) {
  add(websocket_times, general, own, text_of, into);
  if (general.heartbeat != own.heartbeat) {
    into.push_back({.name = "websocket.heartbeat", .value = std::string(word(own.heartbeat))});
  }
  if (general.strict != own.strict) {
    into.push_back({.name = "websocket.strict", .value = own.strict ? "true" : "false"});
  }
  add(websocket_sizes, general, own, text_of_size, into);
}

}  // namespace

std::vector<OwnSetting> own_timeouts(const config::Config& config, const policy::Rule* rule) {
  std::vector<OwnSetting> made;
  add(kinds, config.timeouts, config.timeouts_of(rule), text_of, made);
  add_websocket(config.websocket, config.websocket_of(rule), made);
  return made;
}

std::string text_of(milliseconds limit) {
  if (limit == milliseconds::zero()) return "off";
  std::string text;
  for (const auto& [name, unit] : units) {
    if (limit >= unit) text.append(std::to_string(limit / unit)).append(name);
    limit %= unit;
  }
  return text;
}

}  // namespace culvert::app
