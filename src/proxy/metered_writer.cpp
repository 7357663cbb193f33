// SPDX-License-Identifier: Apache-2.0
#include "proxy/metered_writer.hpp"

#include <culvert/error.hpp>

namespace culvert::proxy {

net::Task<std::error_code> MeteredWriter::write(std::string_view bytes) {
  return throttle_.metered() ? write_in_turns(bytes) : ends_.sink.write_all(bytes, ends_.stall);
}

net::Task<std::error_code> MeteredWriter::write_in_turns(std::string_view bytes) {
  bool used_up = false;
  while (!bytes.empty()) {
    if (const auto error = co_await wait_for_turn(bytes.size())) co_return error;
    const auto piece = bytes.substr(0, throttle_.allowed(bytes.size()));
    if (const auto error = co_await ends_.sink.write_all(piece, ends_.stall)) co_return error;
    used_up = !throttle_.moved(piece.size(), ends_.sink.loop().now());
    bytes.remove_prefix(piece.size());
  }
  co_return used_up ? std::error_code(Errc::budget_used_up) : std::error_code();
}

net::Task<std::error_code> MeteredWriter::wait_for_turn(std::size_t waiting) {
  const auto& loop = ends_.sink.loop();
  const auto begun = loop.now();
  const auto turn = throttle_.ask(begun, waiting);
  if (turn <= begun) co_return std::error_code();
  const auto error = co_await ends_.held_at.wait_until(turn);
  waited_ += loop.now() - begun;
  co_return error;
}

}  // namespace culvert::proxy
