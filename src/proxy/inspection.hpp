// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <culvert/result.hpp>
#include <culvert/websocket/facts.hpp>

#include "inspect/first_bytes.hpp"
#include "net/socket.hpp"
#include "proxy/inbox.hpp"
#include "proxy/metered_writer.hpp"
#include "proxy/opening.hpp"
#include "proxy/request.hpp"
#include "proxy/session.hpp"

namespace culvert::proxy {

/// What runs in a CONNECT tunnel: the client's first bytes, between the 200 and the relay. They are
/// judged before any goes on to the origin. A WebSocket's handshake is followed to its answer.
class Inspection {
 public:
  Inspection(Session& session, Request& request, net::Socket& origin);
  ~Inspection();
  Inspection(const Inspection&) = delete;
  Inspection& operator=(const Inspection&) = delete;

  /// True when the tunnel may go on. Else it has been ended, and logged.
  net::Task<bool> run();
  /// Ends it when the policy of now denies the tunnel.
  void judge();
  /// Ends all waits.
  void abort() { origin_.abort(); }

  /// Both sides speak WebSocket from here on, and this is what is known of it; nullopt: they do
  /// not.
  std::optional<websocket::Facts> take_websocket() { return std::move(websocket_); }
  /// What the origin has sent already, and the client has not heard.
  std::string take_to_client() { return from_origin_.take_all(); }

 private:
  /// How a handshake ended.
  enum class Switched : unsigned char { yes, no, failed, client_gone };

  net::Task<Result<std::optional<inspect::Speech>>> first_speech();
  bool may_be_silent() const;
  Opening judge(const std::optional<inspect::Speech>& speech) const;
  net::Task<void> end(const Opening& opening);

  // switch_inside.cpp
  net::Task<bool> pass_handshake(std::size_t head_bytes);
  net::Task<Switched> switch_watched(std::string_view head, std::string_view key);
  net::Task<Switched> switch_protocols(std::string_view head, std::string_view key);
  Switched write_failed(std::error_code why, Switched otherwise);
  net::Task<void> end_handshake(Switched how);
  net::Task<void> pass_rest();
  MeteredWriter writer_to(net::Socket& sink);

  Worker& worker_;
  Session& session_;
  Request& request_;
  net::Socket& client_;  // the session's
  Inbox& inbox_;         // of the client
  net::Socket& origin_;
  Inbox from_origin_;
  std::optional<websocket::Facts> websocket_;
};

}  // namespace culvert::proxy
