// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "tunnel/origins.hpp"
#include "tunnel/subject.hpp"
#include "tunnel/tunnels.hpp"

/// What is done with tunnels, so that their cost can be read off the proxy.
namespace culvert::bench {

/// What something took: of the proxy's processor, and of time.
struct Cost {
  std::chrono::duration<double> processor;
  std::chrono::duration<double> time;
};

/// Opens so many tunnels, and has no more than a few requests under way.
void open(Tunnels& tunnels, std::uint16_t origin, std::size_t count);

/// 64 bytes there and back in each of the first `count` tunnels, which lead to an echo and are
/// open: one message under way in each, `rounds` times.
Cost send_messages(const Subject& proxy, Tunnels& tunnels, std::size_t count, std::size_t rounds);

/// `bytes` from an origin, or to it, in each of `count` tunnels at once.
Cost receive_much(const Subject& proxy, Tunnels& tunnels, std::uint16_t source, std::size_t count,
                  std::size_t bytes);
Cost send_much(const Subject& proxy, Tunnels& tunnels, std::uint16_t sink, std::size_t count,
               std::size_t bytes);

/// `count` tunnels, few at a time: opened, one byte there and back, and ended by the client.
Cost set_up(const Subject& proxy, Tunnels& tunnels, std::uint16_t echo, std::size_t count);

}  // namespace culvert::bench
