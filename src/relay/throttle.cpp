// SPDX-License-Identifier: Apache-2.0
#include "relay/throttle.hpp"

#include <algorithm>
#include <utility>

namespace culvert::relay {

void Throttle::leave() {
  if (const auto never_moved = std::exchange(paid_, 0U)) meter_->give_back(never_moved);
}

net::TimePoint Throttle::ask(net::TimePoint now, std::size_t waiting) {
  if (paid_ > 0) return turn_;
  if (waiting == 0) return now;
  const auto free = meter_->charge(0, now).not_before;
  if (free <= now) return free;
  turn_ = free;
  paid_ = static_cast<std::uint32_t>(std::min(meter_->slice(), waiting));
  meter_->reserve(paid_, now);
  return turn_;
}

std::size_t Throttle::allowed(std::size_t wanted) const {
  return std::min(wanted, paid_ > 0 ? paid_ : meter_->slice());
}

bool Throttle::moved(std::uint64_t bytes, net::TimePoint now) {
  const auto paid = static_cast<std::uint32_t>(std::min<std::uint64_t>(paid_, bytes));
  paid_ -= paid;
  if (paid > 0) meter_->use_reserved(paid, now);
  return !meter_->charge(bytes - paid, now).used_up;
}

}  // namespace culvert::relay
