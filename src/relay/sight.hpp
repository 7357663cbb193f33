// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include <culvert/websocket/frames.hpp>

#include "relay/direction.hpp"

namespace culvert::relay {

/// What is known of a tunnel that is a WebSocket, and how far it is with its end from here.
///
///     relaying -- take_leave() --> leaving     each direction goes on to the end of the frame that
///                                              its receiver has half of, says Close, and finishes
///     leaving --- both finished -> dropping    what the two ends still send is read and dropped,
///                                              until they have finished too
///     leaving, dropping -- time is up -------> finished without a Close; reset
struct Sight {
  std::array<websocket::Frames, 2> frames;  ///< up to where the receiver has taken them
  std::array<bool, 2> drained{};            ///< nothing more comes from this end
  Ending why = Ending::policy;
  bool leaving = false;
  bool dropping = false;
};

/// How long each half of a polite end may take: together, with a tick of the wheel each, they are
/// within a second.
inline constexpr milliseconds leave_half{450};

}  // namespace culvert::relay
