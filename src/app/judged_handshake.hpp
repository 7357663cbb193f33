// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <culvert/policy/rule.hpp>

#include "app/asked.hpp"

namespace culvert::app {

/// What comes of a WebSocket handshake by the listener, and the rule that allows its target.
struct JudgedHandshake {
  std::string why;  ///< it is refused: `path "/other"`; empty when it is not
  /// What it takes besides, as far as nobody has said: "the Origin is one of https://a.example".
  std::vector<std::string> conditions;

  bool allowed() const { return why.empty(); }
};

/// Judges by the proxy's own function what was said of a handshake. What was not said refuses
/// nothing; if the rule asks about it, it is a condition.
JudgedHandshake judged_handshake(const policy::WebSockets& rule, const Asked& asked);

/// The same for one in the clear in a tunnel, which must be allowed to hold it.
JudgedHandshake judged_in_tunnel(const policy::Rule& rule, const Asked& asked);

/// "if the Origin is one of a, b, and if ..."; empty without conditions.
std::string text_of(const std::vector<std::string>& conditions);

}  // namespace culvert::app
