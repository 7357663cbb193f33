// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <culvert/http1/body.hpp>
#include <culvert/http1/head.hpp>
#include <culvert/http1/hop.hpp>

#include "net/socket.hpp"
#include "proxy/body.hpp"
#include "proxy/reply.hpp"
#include "proxy/session.hpp"

namespace culvert::proxy {

/// One request to the origin and its answer back, over a connection of its own. The two bodies move
/// at the same time: an answer may come before the request is complete, and neither waits for the
/// other.
class Exchange {
 public:
  Exchange(Session& session, Request& request, net::Socket& origin, const http1::Framing& framing,
           http1::Upgrade upgrade);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// From the request's head to the end of both bodies, or to the 101.
  net::Task<Session::Next> run();

 private:
  /// How the answer went.
  enum class Ended : unsigned char {
    complete,  ///< the client has all of it
    switched,  ///< it was a 101, and the connection is a tunnel now
    refused,   ///< none was passed on: `refusal_` says what to answer instead
    broken,    ///< it began and did not end: the client must notice
  };

  net::Task<void> upload();
  net::Task<Ended> download();
  net::Task<Ended> download_beside_upload();
  net::Task<std::optional<Ended>> take_head();
  net::Task<Ended> take_body();
  net::Task<std::error_code> pass_head(const http1::ResponseHop& hop);
  net::Task<Ended> switch_protocols();
  net::Task<Session::Next> conclude(Ended ended);

  Ended refuse(std::error_code why);
  Ended head_failed(std::error_code why);
  void judge_upload(const BodyFailure& failure);
  void blame(const BodyFailure& failure);
  bool client_is_waiting() const;

  Worker& worker_;
  Session& session_;
  Request& request_;
  net::Socket& origin_;
  Inbox from_origin_;
  net::TimePoint active_;  // when anything last moved, either way
  BodyPump upload_;
  http1::Framing framing_;  // of the request
  http1::Upgrade upgrade_;
  std::string response_text_;
  http1::ResponseHead response_;
  http1::Framing response_framing_;
  Refusal refusal_;
  bool keep_alive_ = false;    // the client's connection goes on behind the answer
  bool upload_ended_ = false;  // one way or the other
  bool upload_complete_ = false;
  bool client_failed_ = false;  // gone, or what it sent cannot be read: no answer is owed
  bool continued_ = false;      // a 100 was passed on
};

}  // namespace culvert::proxy
