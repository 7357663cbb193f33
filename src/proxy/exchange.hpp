// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <culvert/http1/body.hpp>
#include <culvert/http1/head.hpp>
#include <culvert/http1/hop.hpp>

#include "net/socket.hpp"
#include "proxy/body.hpp"
#include "proxy/reply.hpp"
#include "proxy/session.hpp"
#include "proxy/upstream.hpp"

namespace culvert::proxy {

/// What a request means for its exchange.
struct Plan {
  http1::Framing framing;  ///< of the request
  http1::Upgrade upgrade = http1::Upgrade::none;
  std::optional<std::uint64_t> max_forwards = std::nullopt;  ///< what is written in its place
  /// The origin may get it twice without harm (RFC 9110 §9.2.2), and all of it is in our hands: it
  /// may go over a connection that the origin is perhaps just closing.
  bool repeatable = false;
  bool repeated = false;  ///< it failed once already, and nothing was said to the client
};

/// One request to the origin and its answer back. The two bodies move at the same time: an answer
/// may come before the request is complete, and neither waits for the other.
class Exchange {
 public:
  Exchange(Session& session, Request& request, Upstream& upstream, const Plan& plan);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// From the request's head to the end of both bodies, or to the 101. nullopt when the connection
  /// had been used before, and turned out to be closed before any byte of an answer came, or when
  /// the origin says that it has not looked at the request (RFC 9113 §8.7): nothing has been said
  /// to the client, and a new connection may do.
  net::Task<std::optional<Session::Next>> run();

  /// True when the connection may carry another exchange: both messages came to their end, in a way
  /// that left no doubt where, the origin keeps it open (RFC 9112 §9.3), and said nothing behind.
  bool left_reusable() const;

 private:
  /// How the answer went.
  enum class Ended : unsigned char {
    complete,  ///< the client has all of it
    switched,  ///< it was a 101, and the connection is a tunnel now
    refused,   ///< none was passed on: `refusal_` says what to answer instead
    broken,    ///< it began and did not end: the client must notice
    stale,     ///< the reused connection was closed already, or its stream refused
  };

  net::Task<void> upload();
  net::Task<Ended> download();
  net::Task<Ended> download_beside_upload();
  net::Task<Result<std::string>> receive_answer();
  net::Task<std::optional<Ended>> take_head();
  net::Task<Ended> take_body();
  net::Task<std::error_code> pass_head(const http1::ResponseHop& hop);
  net::Task<Ended> switch_protocols();
  net::Task<Session::Next> conclude(Ended ended);

  Ended refuse(std::error_code why);
  Refusal over_budget() const;
  Ended head_failed(std::error_code why);
  Ended closed_early(std::error_code why);
  std::string request_head() const;
  bool has_body() const;
  void note_identity();
  void judge_upload(const BodyFailure& failure);
  void blame(const BodyFailure& failure);
  void continue_upload();
  bool client_is_waiting() const;
  bool still_asking();

  Worker& worker_;
  Session& session_;
  Request& request_;
  Upstream& upstream_;
  net::Socket& origin_;  // upstream_'s
  Plan plan_;
  BodyPump::Activity activity_;
  net::TimePoint asked_;        // when all of the request was sent, or is not before
  std::size_t on_the_way_ = 0;  // of the request: bytes that the origin's system has not taken
  BodyPump upload_;
  std::string response_text_;
  http1::ResponseHead response_;
  http1::Framing response_framing_;
  Ended ended_ = Ended::broken;
  Refusal refusal_;
  bool answered_early_ = false;  // before it had all of the request: did it read the rest?
  bool keep_alive_ = false;      // the client's connection goes on behind the answer
  bool upload_ended_ = false;    // one way or the other
  bool upload_complete_ = false;
  std::error_code upload_failure_;  // the origin's
  bool answering_ = false;          // the answer proper is going out
  bool client_failed_ = false;      // gone, or what it sent cannot be read: no answer is owed
  bool continued_ = false;          // a 100 was passed on
};

}  // namespace culvert::proxy
