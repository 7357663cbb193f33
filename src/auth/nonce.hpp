// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "auth/clock.hpp"

namespace culvert::auth {

/// The nonces of Digest (RFC 7616 §3.3). One tells by itself when it was made and that we made it
/// (an HMAC under a key that lives as long as this object), so that nothing is kept for those who
/// ask and never come back. Of nonces in use it is known which counts were seen, and no count is
/// taken twice: a request that somebody listened to cannot be sent again.
///
/// Any thread may call.
class Nonces {
 public:
  static constexpr std::chrono::minutes lifetime{5};
  /// Of nonces in use; beyond it the oldest is treated as if its time were over.
  static constexpr std::size_t remembered = 10'000;
  /// Parallel connections share a nonce and overtake each other: a count may be so much behind the
  /// highest one.
  static constexpr std::size_t window = 256;

  Nonces();

  std::string make(Clock::time_point now);

  /// Takes the use of a nonce with a count, whose response has been found right. False when it is
  /// none of ours, too old, or was used with this count before: the client is to be given another
  /// one, as stale.
  bool take(std::string_view nonce, std::uint32_t count, Clock::time_point now);

 private:
  struct Use {
    Clock::time_point made;
    std::uint32_t highest = 0;
    std::bitset<window> seen;  // bit i: the count `highest - i`
  };

  std::string seal_of(std::string_view body) const;
  Use* use_of(std::string_view nonce, Clock::time_point made, Clock::time_point now);
  void forget_oldest();
  static bool take_count(Use& use, std::uint32_t count);

  const std::string key_;
  std::mutex mutex_;
  std::map<std::string, Use, std::less<>> uses_;
  std::deque<std::string> order_;  // of first use
  // A nonce that was made before, and is not in uses_, may have been in use and forgotten.
  Clock::time_point forgotten_until_ = Clock::time_point::min();
};

}  // namespace culvert::auth
