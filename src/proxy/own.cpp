// SPDX-License-Identifier: Apache-2.0
// What is asked of the proxy itself: OPTIONS and TRACE whose way ends here (RFC 9110 §7.6.2).
#include <culvert/http1/hop.hpp>

#include "proxy/session.hpp"

namespace culvert::proxy {

namespace {

constexpr const char* methods = "CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE";

/// The whole answer. `body` is that of a TRACE; one to OPTIONS has none.
std::string own_answer(std::string_view type, std::string_view body, std::string_view date,
                       bool keep_alive) {
  std::string out = "HTTP/1.1 200 OK\r\n";
  if (type.empty()) {
    out.append("Allow: ").append(methods).append("\r\n");
  } else {
    out.append("Content-Type: ").append(type).append("\r\n");
  }
  out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  out.append("Date: ").append(date).append("\r\nCache-Control: no-store\r\n");
  out.append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  return out.append(body);
}

}  // namespace

bool Session::ends_here(const Request& request) {
  const auto form = request.target.form;
  if (form == http1::Target::Form::asterisk) return true;
  const auto hops_left = http1::max_forwards(request.head).value_or(std::nullopt);
  return form == http1::Target::Form::absolute && hops_left == 0U;
}

net::Task<Session::Next> Session::serve_own(Request& request) {
  request.record.kind = observe::Kind::own;
  const auto framing = http1::request_framing(request.head);
  if (!framing) co_return co_await refuse(request, refused(request, framing.error()), Next::close);
  request.record.status = 200;
  const auto then = reusable(request) ? Next::request : Next::close;
  const bool trace = request.head.method == "TRACE";
  auto reply = own_answer(trace ? "message/http" : "", trace ? http1::trace_body(request.head) : "",
                          worker_.date(), then == Next::request);
  co_return co_await answer(request, std::move(reply), then);
}

}  // namespace culvert::proxy
