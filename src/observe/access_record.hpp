// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <culvert/address.hpp>
#include <culvert/websocket/facts.hpp>

#include "base/peer.hpp"
#include "base/place.hpp"

namespace culvert::observe {

/// How a request went through (the log's `kind`).
enum class Kind : std::uint8_t {
  connect,    ///< a CONNECT tunnel
  hop,        ///< an HTTP exchange
  websocket,  ///< an upgrade through the plain HTTP hop, logged as "ws"
  own,        ///< answered by the proxy itself: OPTIONS *, or Max-Forwards 0
  none,       ///< refused before it was anything
};

/// What ran in a CONNECT tunnel (the log's `tunnel`).
enum class Speech : std::uint8_t {
  unknown,    ///< nothing was looked at yet, or it is no CONNECT
  tls,        ///< it began with a ClientHello
  websocket,  ///< it began with a WebSocket handshake in the clear
  http,       ///< it began with an HTTP/1 request
  opaque,     ///< something else, or nobody looked
};

/// Which moment a line tells of.
enum class Event : std::uint8_t {
  open,     ///< a tunnel or WebSocket begins to relay
  close,    ///< it has ended
  request,  ///< an exchange has ended, or a request was refused
};

/// Milliseconds a phase took; negative when it did not happen.
using PhaseTime = std::chrono::duration<float, std::milli>;
inline constexpr PhaseTime no_time{-1};

/// What only some records have.
struct More {
  std::string user;         ///< who asked; empty: nobody said
  std::string server_name;  ///< in the tunnel, when it is not the host
  std::string would_deny;   ///< the rule that would have denied it, were it not for report mode
  std::string reason;       ///< of a denial, for people, where the rule's name does not tell
};

/// What the access log says of one request or tunnel. A tunnel keeps it until its end, so it is
/// small.
struct AccessRecord {
  std::uint64_t id = 0;
  Peer client;
  std::shared_ptr<const ListenPlace> listener;  ///< one for all of its records, to be small
  /// Of a request on HTTP/2: the id of the connection that carries its stream, the same for all of
  /// them; 0: it came on HTTP/1.
  std::uint64_t carrier = 0;
  Kind kind = Kind::none;
  Speech speech = Speech::unknown;
  bool allowed = false;
  bool server_name_is_host = false;  ///< what runs in the tunnel names the host
  bool secured = false;              ///< a hop or WebSocket of https:// or wss://
  bool origin_http2 = false;         ///< the origin was spoken to by HTTP/2
  bool reused = false;           ///< went over a connection to the origin that was there already
  std::uint16_t port = 0;        ///< of the target; 0 when there is none
  std::uint16_t status = 0;      ///< the status the client got; 0 when it got none
  const char* error = nullptr;   ///< RFC 9209 token; a literal
  const char* closer = nullptr;  ///< "client", "origin", "proxy", or the name of a timer; a literal
  std::string method;
  std::string host;
  std::string rule;
  Address resolved;  ///< the address connected to; unspecified when there was none
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
  std::chrono::steady_clock::time_point begun;
  PhaseTime dns = no_time;
  PhaseTime connect = no_time;
  PhaseTime tls = no_time;         ///< the handshake with the origin
  PhaseTime first_byte = no_time;  ///< request sent to the first byte of the answer
  std::unique_ptr<More> rare;      ///< null: nothing of it

  More& more() {
    if (!rare) rare = std::make_unique<More>();
    return *rare;
  }
  std::string_view user() const { return rare ? std::string_view(rare->user) : ""; }
  /// Whom what runs in the tunnel is for: by its ClientHello, or by its HTTP request. Empty if it
  /// does not say.
  std::string_view server_name() const {
    if (server_name_is_host) return host;
    return rare ? std::string_view(rare->server_name) : "";
  }
  void note_server_name(const std::string& name) {
    server_name_is_host = name == host;
    if (!server_name_is_host) more().server_name = name;
  }
};

/// What is known of a tunnel by what has passed in it.
struct Live {
  const websocket::Facts* websocket = nullptr;  ///< null: no frames were seen
  /// Between two heartbeats inside TLS, as its records tell; 0: none was found.
  std::chrono::milliseconds inferred_heartbeat{0};
};

/// One JSON object and a line feed. No query strings, no credentials.
std::string json_line(const AccessRecord& record, Event event,
                      std::chrono::steady_clock::time_point now, const Live& live = {});

}  // namespace culvert::observe
