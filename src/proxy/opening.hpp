// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <culvert/http1/head.hpp>

#include "inspect/first_bytes.hpp"
#include "observe/access_record.hpp"
#include "proxy/request.hpp"

namespace culvert::proxy {

/// What a tunnel's first bytes turned out to be, and whether the rule that allowed the CONNECT
/// allows that in it.
struct Opening {
  observe::Speech speech = observe::Speech::opaque;
  std::string server_name;   ///< of TLS, or the host that HTTP is for; empty: it named none
  std::string objection;     ///< for the log and the client: "speaks SSH"; empty if it may go on
  bool hears_alert = false;  ///< it is TLS, or began as that
};

/// TLS: may it run, and is its server name the CONNECT's or one that the same rule allows? The name
/// outside an encrypted hello is the one that is judged, since nobody on the way knows another: a
/// client whose ECH names another host in front must be allowed that one, too. (GREASE looks the
/// same and carries the true name.)
Opening judge(const Request& request, const inspect::ClientHello& hello);

/// HTTP in the clear: a WebSocket handshake, or a request. Its Host is judged like a server name,
/// and so is the host of its target, if it has one.
/// `head` is sound: inspect::FirstBytes has looked at it.
Opening judge(const Request& request, const http1::RequestHead& head);

Opening judge(const Request& request, const inspect::OtherSpeech& other);

/// The client said nothing, or broke off in the middle of something, for as long as it is waited
/// for.
Opening judge_silence(const Request& request, std::string_view said);

/// True when nothing in the request's tunnel is looked at.
bool is_opaque(const Request& request);

/// What the rule or the listener says against the request's handshake, if it is a WebSocket's.
std::optional<std::string> objection_to_handshake(const Request& request);

/// For the client: the rule that makes this objection to a handshake. Empty when it is the
/// listener's.
std::string objecting_rule(const Request& request, const std::string& objection);

/// As objection_to_tunnel for one of which no byte has moved: by its target alone.
std::string objection_to_target(Request& again, const observe::AccessRecord& known);

/// Asks the policy that is in force now about a tunnel that is open: `again` is its request with
/// that policy, `known` what its record knows. Why it may not go on, for people; empty if it may.
std::string objection_to_tunnel(Request& again, const observe::AccessRecord& known);

}  // namespace culvert::proxy
