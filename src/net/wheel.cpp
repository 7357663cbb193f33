// SPDX-License-Identifier: Apache-2.0
#include "net/wheel.hpp"

#include <algorithm>
#include <bit>

#include "net/guarded.hpp"

namespace culvert::net {

void Deadline::disarm() noexcept {
  if (next_ == nullptr) return;
  previous_->next_ = next_;
  next_->previous_ = previous_;
  next_ = previous_ = nullptr;
}

void Deadline::link_before(Deadline& head) noexcept {
  previous_ = head.previous_;
  next_ = &head;
  previous_->next_ = this;
  head.previous_ = this;
}

Wheel::Slot::Slot() {
  next_ = previous_ = this;
}

Wheel::Slot::~Slot() {
  while (!empty()) next_->disarm();
  next_ = previous_ = nullptr;
}

void Wheel::Slot::take(Slot& other) noexcept {
  if (other.empty()) return;
  next_ = other.next_;
  previous_ = other.previous_;
  next_->previous_ = previous_->next_ = this;
  other.next_ = other.previous_ = &other;
}

Wheel::Wheel(TimePoint start) : start_(start) {}

void Wheel::arm(Deadline& deadline, TimePoint when) {
  deadline.disarm();
  if (when == never) return;
  // Rounded up, so that nothing fires early; at least one tick ahead, so that nothing fires at
  // once.
  const auto distance = std::max(when - start_, Clock::duration::zero());
  const auto up = static_cast<std::uint64_t>((distance + tick - Clock::duration(1)) / tick);
  const auto furthest = now_ + (std::uint64_t{1} << (level_bits * levels)) - 1;
  deadline.tick_ = std::clamp(up, now_ + 1, furthest);
  place(deadline);
}

void Wheel::place(Deadline& deadline) {
  const auto distance = deadline.tick_ - now_;
  unsigned level = 0;
  while (distance >> (level_bits * (level + 1)) != 0) ++level;
  const auto slot = deadline.tick_ >> (level_bits * level) & (slots - 1);
  deadline.link_before(heads_[level][slot]);
  occupied_[level] |= std::uint64_t{1} << slot;
}

void Wheel::advance(TimePoint now) {
  const auto until =
      static_cast<std::uint64_t>(std::max(now - start_, Clock::duration::zero()) / tick);
  while (true) {
    const auto due = next_tick();
    if (due > until) break;
    now_ = due;
    for (unsigned level = levels - 1; level > 0; --level) {
      const auto unit = level_bits * level;
      if ((now_ & ((std::uint64_t{1} << unit) - 1)) == 0)
        move_down(heads_[level][now_ >> unit & (slots - 1)]);
    }
    fire(heads_[0][now_ & (slots - 1)]);
  }
  now_ = std::max(now_, until);
}

void Wheel::move_down(Slot& slot) {
  Slot taken;
  taken.take(slot);
  while (!taken.empty()) {
    Deadline& first = taken.first();
    first.disarm();
    place(first);
  }
}

void Wheel::fire(Slot& slot) {
  // Through a ring of its own: what fires may disarm or destroy any other deadline, and arm new
  // ones.
  Slot taken;
  taken.take(slot);
  while (!taken.empty()) {
    Deadline& first = taken.first();
    first.disarm();
    guarded([&first] { first.on_deadline(); });
  }
}

TimePoint Wheel::next() {
  const auto due = next_tick();
  if (due == nothing) return never;
  return start_ + static_cast<milliseconds::rep>(due) * tick;
}

std::uint64_t Wheel::next_tick() {
  auto first = nothing;
  for (unsigned level = 0; level < levels; ++level) {
    const auto unit = level_bits * level;
    const auto block = now_ >> unit;
    while (occupied_[level] != 0) {
      // The slot of the present block comes last: it was emptied when the block began.
      const auto rotated = std::rotr(occupied_[level], static_cast<int>((block + 1) & (slots - 1)));
      const auto due_block = block + 1 + static_cast<unsigned>(std::countr_zero(rotated));
      const auto slot = due_block & (slots - 1);
      if (!heads_[level][slot].empty()) {
        first = std::min(first, due_block << unit);
        break;
      }
      occupied_[level] &= ~(std::uint64_t{1} << slot);  // disarmed since
    }
  }
  return first;
}

}  // namespace culvert::net
