// SPDX-License-Identifier: Apache-2.0
// The upgrade hop: a 101 that answers what was asked for makes a tunnel of the two connections.
#include <culvert/error.hpp>
#include <culvert/http1/hop.hpp>

#include "proxy/exchange.hpp"
#include "proxy/handshake.hpp"

namespace culvert::proxy {

net::Task<Exchange::Ended> Exchange::switch_protocols() {
  if (plan_.upgrade != http1::Upgrade::websocket) co_return refuse(Errc::http_upgrade_failed);
  const auto key = request_.head.fields.first("Sec-WebSocket-Key").value_or("");
  const auto verified = http1::verify_upgrade(response_, key);
  if (!verified) co_return refuse(verified.error());

  if (auto still = session_.ask_again(request_); !still) {
    refusal_ = std::move(still.error());
    co_return Ended::refused;
  }
  const http1::ResponseHop hop{.via = worker_.via(), .framing = {}, .upgrade = true};
  if (co_await pass_head(hop)) co_return Ended::broken;
  request_.record.status = 101;
  // Bytes glued to either head are frames already: they go first.
  session_.begin_tunnel(std::move(request_), origin_, upstream_.inbox.take_all(),
                        facts_of(response_));
  co_return Ended::switched;
}

}  // namespace culvert::proxy
