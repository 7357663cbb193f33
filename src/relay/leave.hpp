// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include <culvert/websocket/flaw.hpp>

#include "relay/direction.hpp"

namespace culvert::relay {

/// How far a tunnel is with its end from here. Where frames are seen, each end is told by a Close,
/// and hears a finish when it has answered; where they are not, a finish is all that can be said.
///
///     relaying -- take_leave() --> leaving     each direction goes on to the end of the frame that
///                                              its receiver has half of, says Close, and finishes
///                                              when the receiver has said Close, too
///     leaving --- both finished -> dropping    what the two ends still send is read and dropped,
///                                              until they have finished as well
///     leaving --- time is up ----> dropping    finished without an answer, or without a Close
///     dropping -- time is up ----> reset
struct Leave {
  Ending why = Ending::policy;
  std::array<bool, 2> said{};     ///< nothing more is to be said in this direction but its finish
  std::array<bool, 2> drained{};  ///< nothing more comes from this end
  std::array<bool, 2> cut_off{};  ///< of what this end was sent the last is missing: it is reset
  bool dropping = false;
};

/// Why, for people: in a Close, and in the log. At most 123 bytes; empty when that was not ended
/// from here.
std::string reason_of(Ending why, websocket::Flaw flaw);

/// How long each half of it may take: together, with a tick of the wheel each, they are within a
/// second.
inline constexpr milliseconds leave_half{450};

}  // namespace culvert::relay
