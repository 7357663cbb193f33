// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <culvert/http1/head.hpp>
#include <culvert/policy/rule.hpp>
#include <culvert/websocket/facts.hpp>

namespace culvert::proxy {

/// What a rule's `websocket` is asked about in a WebSocket handshake. It looks into the head, and
/// `path` is that of its target, with the query.
policy::Handshake handshake_of(const http1::RequestHead& head, std::string_view path);

/// The same to keep, without the query, which no rule asks about: as one string, since each
/// WebSocket has one.
std::string kept_handshake(const policy::Handshake& handshake);
/// And back. It looks into the string, which is not forgotten_handshake.
policy::Handshake handshake_from(std::string_view kept);

/// What an open WebSocket keeps of that for as long as it is open: 2 KiB at most. First the
/// subprotocols go, which may hold whole tokens; a rule that asks for them objects then. If that is
/// not enough, all of it does.
std::string small_enough(std::string kept);
inline constexpr std::string_view forgotten_handshake = "\n";

/// What a 101 says of the WebSocket that begins behind it.
websocket::Facts facts_of(const http1::ResponseHead& switching);

}  // namespace culvert::proxy
