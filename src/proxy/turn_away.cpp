// SPDX-License-Identifier: Apache-2.0
// A connection over a limit: one request is read, and answered with why.
#include <utility>

#include <culvert/error.hpp>

#include "proxy/session.hpp"

namespace culvert::proxy {
namespace {

constexpr net::milliseconds head_time{2000};

// As elsewhere: a method is any token, and the log needs no more of it.
constexpr std::size_t logged_method_bytes = 32;

/// What the page and the log can say of a request that is refused whatever it is.
void note(Request& request, std::string text) {
  request.text = std::move(text);
  auto head = http1::parse_request(request.text, request.config->http.limits);
  if (!head) return;
  request.head = std::move(*head);
  request.record.method = request.head.method.substr(0, logged_method_bytes);
  const auto target = http1::read_target(request.head);
  if (!target) return;
  if (const auto& authority = target->authority) {
    request.record.host = authority->host.text();
    request.record.port = authority->port.number();
  }
}

bool is_lost(std::error_code why) {
  return why == Errc::aborted || why.category() == std::system_category();
}

}  // namespace

net::Task<void> Session::turn_away(std::error_code why) {
  auto request = new_request();
  const Patience patience{.limit = head_time, .since = request.record.begun};
  auto text =
      co_await receive_head(worker_, client_, inbox_, request.config->http.limits, patience);
  if (!text && (inbox_.empty() || is_lost(text.error()))) co_return;  // nothing was asked
  if (text) note(request, std::move(*text));
  const auto next = co_await refuse(request, refused(request, why), Next::close);
  if (next == Next::close) co_await linger(Linger::briefly);
}

net::Task<void> Session::refuse_unread(std::error_code why) {
  auto request = new_request();
  co_await refuse(request, refused(request, why), Next::close);
}

}  // namespace culvert::proxy
