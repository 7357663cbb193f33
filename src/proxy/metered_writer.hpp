// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "net/socket.hpp"
#include "relay/throttle.hpp"

namespace culvert::proxy {

/// Writes what is metered and no body, heads for the most part, in turns and in pieces. Otherwise
/// who sends large heads would take as much as it likes, and others would wait for that.
class MeteredWriter {
 public:
  struct Ends {
    net::Socket& sink;
    net::Socket& held_at;  ///< waits for turns happen here, as its reader; aborting it ends them
    relay::Meter* meter;   ///< null: everything goes at once
    net::milliseconds stall;
  };
  explicit MeteredWriter(const Ends& ends) : ends_(ends), throttle_(ends.meter) {}

  /// Writes all of it, which must last until the end. Errc::budget_used_up when it has, and no more
  /// may move today; else like Socket::write_all.
  net::Task<std::error_code> write(std::string_view bytes);
  /// How long it has waited for turns: no other time limit may strike for that.
  net::Clock::duration waited() const { return waited_; }

 private:
  net::Task<std::error_code> write_in_turns(std::string_view bytes);
  net::Task<std::error_code> wait_for_turn(std::size_t waiting);

  Ends ends_;
  relay::Throttle throttle_;
  net::Clock::duration waited_{0};
};

}  // namespace culvert::proxy
