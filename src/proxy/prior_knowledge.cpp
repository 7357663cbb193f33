// SPDX-License-Identifier: Apache-2.0
// A client that speaks HTTP/2 in the clear says so with its first bytes (RFC 9113 §3.3, §3.4).
#include <string_view>
#include <utility>

#include "proxy/client_carrier.hpp"
#include "proxy/session.hpp"

namespace culvert::proxy {
namespace {

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

}  // namespace

/// Reads until that is clear; what was read stays in the inbox. Whoever has begun and says no more
/// is left to the HTTP/1 way.
net::Task<bool> Session::begins_http2() {
  const Patience patience{.limit = worker_.config()->timeouts.request_head,
                          .since = worker_.loop().now()};
  while (preface.starts_with(inbox_.view())) {
    if (!client_.may_read() && co_await wait_readable(client_, patience)) co_return false;
    const auto got = client_.try_read(worker_.scratch());
    if (!got && net::is_would_block(got.error())) continue;
    if (!got || *got == 0) co_return false;
    inbox_.append({worker_.scratch().data(), *got});
    if (inbox_.view().starts_with(preface)) co_return true;
  }
  co_return false;
}

/// The session ends, and its connection goes on as one that carries streams.
void Session::become_carrier() {
  serve_http2(worker_, client_.release(), from_, std::move(counted_), inbox_.view());
}

}  // namespace culvert::proxy
