// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include <culvert/websocket/facts.hpp>

#include "net/connect.hpp"
#include "net/socket.hpp"
#include "proxy/census.hpp"
#include "proxy/gate.hpp"
#include "proxy/receive.hpp"
#include "proxy/refused_body.hpp"
#include "proxy/reply.hpp"
#include "proxy/request.hpp"
#include "proxy/upstream.hpp"
#include "proxy/waiting.hpp"
#include "proxy/worker.hpp"

/// One client connection, from accept to close, or until it becomes a tunnel.
///
///     read head -> read target
///       CONNECT:              admit -> reach -> 200 -> look into -> relay    (connect.cpp)
///       absolute-form:        admit -> reach -> exchange -> next head        (forward.cpp)
///                                               -> 101 -> relay              (upgrade.cpp)
///       for the proxy itself: answered here                                  (own.cpp)
///
/// To admit is to ask who it is, what the policy says and whether a share is left (admit.cpp).
namespace culvert::proxy {

class Inspection;
struct Plan;

class Session {
 public:
  /// `counted` is given back at the end, or at that of the tunnel that the connection became.
  Session(Worker& worker, Arrived client, Came from, Census::Ticket counted);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Serves requests until the connection ends or has become a tunnel.
  net::Task<void> run();
  /// Answers one request with this refusal, whatever it is, and ends the connection.
  net::Task<void> turn_away(std::error_code why);
  /// The same when there is nothing to read: its head was no head.
  net::Task<void> refuse_unread(std::error_code why);

  /// Ends it if it is between requests; else the exchange under way is the last one.
  void drain();
  /// Ends all waits: the session unwinds.
  void abort();
  /// A new policy is in force: ends a tunnel that is just being begun if that denies it.
  void judge();

  /// Where this session stands in the worker's list.
  std::size_t place = 0;

 private:
  friend class Exchange;
  friend class Inspection;

  /// What follows a request.
  enum class Next : unsigned char {
    request,  ///< another one on the same connection
    close,    ///< the answer was written; what the client still sends is dropped
    gone,     ///< nothing more to write: the connection failed, or is a tunnel now
  };

  net::Task<bool> begins_http2();
  void become_carrier();
  net::Task<std::optional<Next>> await_request();
  net::Task<Next> serve_next();
  net::Task<Next> serve(Request& request);
  net::Task<Next> serve_connect(Request& request);
  net::Task<Next> serve_forward(Request& request);
  net::Task<Next> forward(Request& request, Plan plan);
  net::Task<Next> serve_own(Request& request);
  static bool ends_here(const Request& request);
  net::Task<Next> refuse(Request& request, Refusal refusal, Next then);
  net::Task<Next> answer(Request& request, std::string reply, Next then);
  net::Task<Next> refuse_head(Request& request, std::error_code why);
  Next part();
  enum class Linger : unsigned char { briefly, patiently };
  net::Task<void> linger(Linger how);

  // admit.cpp
  enum class Takes : unsigned char { exchange, tunnel };
  net::Task<std::expected<void, Refusal>> admit(Request& request, Takes what);
  net::Task<std::expected<void, Refusal>> identify(Request& request);
  std::expected<void, Refusal> judge_handshake(Request& request);
  std::expected<void, Refusal> take_share(Request& request, Takes what);

  std::unique_ptr<Upstream> take_upstream(Request& request, const Route& route, const Plan& plan);
  std::unique_ptr<Upstream> take_shared(const Request& request, const Route& route,
                                        const Plan& plan, const Pool::Judge& may_reach);
  std::unique_ptr<Upstream> take_personal(const Request& request, const Route& route,
                                          const Plan& plan);
  void give_back(std::unique_ptr<Upstream> upstream);

  // open_upstream.cpp
  using Opened = std::expected<std::unique_ptr<Upstream>, Refusal>;
  net::Task<Opened> open_upstream(Request& request, const Route& route, const Plan& plan);
  net::Task<Opened> open_suitable(Request& request, const Route& route, const Plan& plan);
  net::Task<Opened> open_for_websocket(Request& request, const Route& route);
  net::Task<Opened> open_settled(Request& request, const Route& route, net::Alpn offer);
  net::Task<Opened> open_speaking(Request& request, const Route& route, net::Alpn offer);
  net::Task<std::expected<void, Refusal>> secure(Request& request, Upstream& upstream,
                                                 net::Alpn offer);
  void remember(const Request& request, const Route& route, Speaks what);

  Request new_request();
  /// True when requests may follow the one under way: this proxy wants no end of the connection.
  bool may_go_on() const;
  /// True when the connection can go on behind an answer that came without reading the request's
  /// body.
  bool reusable(const Request& request) const;
  /// The same for a refusal, behind which a short body can be dropped.
  bool reusable_when_refused(const Request& request);
  net::Task<bool> drop_body();
  /// Why the policy of now, if it is another one, denies a request that was allowed; empty if it
  /// does not.
  std::string objection_by_now(const Request& request);
  /// The same as a refusal: for what has not begun yet.
  std::expected<void, Refusal> ask_again(Request& request);
  Next begin_tunnel(Request request, net::Socket& origin, std::string to_client,
                    std::optional<websocket::Facts> websocket);

  Worker& worker_;
  net::Socket client_;
  net::Connector connector_;
  AnswerWait answer_;
  Inbox inbox_;
  Came from_;
  std::unique_ptr<Waiting> personal_;          // a connection that is this client's alone
  std::string personal_user_;                  // and this user's
  net::Socket* origin_ = nullptr;              // while an exchange runs
  Inspection* inspection_ = nullptr;           // while a tunnel's first bytes are waited for
  std::size_t requests_ = 0;                   // on this connection, with the one under way
  std::unique_ptr<RefusedBody> body_to_drop_;  // behind the last answer
  bool idle_ = false;                          // between requests
  Census::Ticket counted_;  // the first to go: who sees the end may come again at once
};

/// Serves one connection; what is spawned for it.
net::Task<void> serve_client(Worker& worker, Arrived client, Came from, Census::Ticket counted);

}  // namespace culvert::proxy
