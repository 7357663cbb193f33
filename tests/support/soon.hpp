// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <thread>

#include "support/peer.hpp"

namespace culvert::test {

/// What happens on another thread happens a moment later: looks again and again whether the claim
/// holds, at most a patience. So also for what is quick: a machine that is busy needs some tries.
template <class Claim>
bool soon(Claim claim) {
  const auto until = std::chrono::steady_clock::now() + Peer::patience;
  while (!claim()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace culvert::test
