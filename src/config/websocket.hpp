// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

#include "config/rules.hpp"

/// What is asked of WebSockets: by [websocket], and by the `websocket` of a rule.
namespace culvert::config {

inline constexpr std::array<std::string_view, 3> heartbeat_words = {"any", "answered", "data"};
/// Of one of these words.
websocket::Heartbeat heartbeat_of(std::string_view word);

/// A rule's `websocket`: who may open one, and what is asked of it then.
void take_websocket(const Value& value, const std::string& key, NewRule& into, Draft& draft);

/// Of each rule: those of [websocket], less what it says itself.
std::vector<websocket::Settings> make_rule_websocket(const Draft& draft);

/// Warns of what can hardly be meant. When the whole was read.
void check_websocket(Draft& draft);

}  // namespace culvert::config
