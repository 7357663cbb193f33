// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "support/wire.hpp"

/// Tables of exchanges: a row is what client, proxy and origin say to each other, in order and byte
/// for byte, and what is left of the two connections then.
///
/// In every text "{origin}" stands for the authority of the row's origin, which has a port of its
/// own. The proxy calls itself "here" in Via.
namespace culvert::test {

/// What happens next. A step that expects bytes takes exactly as many as its text has; what comes
/// beyond them fails a later step, or the look at the connection at the end.
enum class Do : unsigned char {
  client_sends,
  client_finishes,        ///< it has nothing more to send
  client_gets,            ///< it has received exactly this
  client_gets_page,       ///< it has received a page of the proxy's own: "502 http_protocol_error"
  client_gets_page_head,  ///< the same, in answer to HEAD
  origin_gets,            ///< exactly this has arrived on the connection that the exchange has
  origin_sends,
  origin_closes,   ///< in order
  origin_is_left,  ///< its connection has ended; the next exchange has another
  quiet,           ///< for a moment nothing arrives anywhere
};

struct Step {
  Do what;
  std::string text = {};
  std::size_t piece_bytes = 0;  ///< the client sends this much at a time; 0 sends all at once
};

/// The client's connection at the end.
enum class Client : unsigned char {
  served,  ///< one more request on it is answered
  closed,  ///< it ends in order, and nothing came before that
  reset,   ///< it is cut off
};

/// The origin's connection at the end. But for `reset`, nothing came there that no step expected.
enum class Upstream : unsigned char {
  kept,    ///< sound: it may serve another exchange
  closed,  ///< it has ended, one way or the other, and is not used again
  reset,   ///< it was cut off, behind who knows what: no request that looks whole is there
  never,   ///< nobody ever connected
};

struct Row {
  std::string says;
  std::vector<Step> steps;
  Client client = Client::served;
  Upstream upstream = Upstream::kept;
};

/// Plays a row against a proxy and an origin of its own. `more` is added to a configuration that
/// denies "denied.test" and allows this machine. Throws std::runtime_error at the first difference.
void play(const Row& row, std::string_view more = "");

}  // namespace culvert::test
