// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include <nlohmann/json.hpp>

#include <culvert/websocket/facts.hpp>

namespace culvert::observe {

/// What a WebSocket has done, without what its handshake agreed on: `up` and `down`, `ping` and
/// `close`, as the README describes them. What did not occur is left out.
nlohmann::ordered_json websocket_json(const websocket::Facts& facts,
                                      std::chrono::steady_clock::time_point now);

/// True when a Ping or a Pong has passed, or was sent from here.
bool heartbeat_seen(const websocket::Facts& facts);

}  // namespace culvert::observe
