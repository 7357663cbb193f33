// SPDX-License-Identifier: Apache-2.0
#include "relay/throttle.hpp"

#include <algorithm>

namespace culvert::relay {

net::TimePoint Throttle::ask(net::TimePoint now, std::size_t waiting) {
  if (paid_ > 0) return turn_;
  if (waiting == 0) return now;
  const auto free = meter_->charge(0, now).not_before;
  if (free <= now) return free;
  turn_ = free;
  paid_ = static_cast<std::uint32_t>(std::min(meter_->slice(), waiting));
  meter_->charge(paid_, now);
  return turn_;
}

std::size_t Throttle::allowed(std::size_t wanted) const {
  return std::min(wanted, paid_ > 0 ? paid_ : meter_->slice());
}

bool Throttle::moved(std::uint64_t bytes, net::TimePoint now) {
  const auto paid = static_cast<std::uint32_t>(std::min<std::uint64_t>(paid_, bytes));
  paid_ -= paid;
  return !meter_->charge(bytes - paid, now).used_up;
}

}  // namespace culvert::relay
