// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace culvert::net {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using std::chrono::milliseconds;

/// A point in time that never comes: for limits that are off.
inline constexpr TimePoint never = TimePoint::max();

/// `from` + `limit`, or never when the limit is 0 (off).
constexpr TimePoint after(TimePoint from, milliseconds limit) {
  return limit.count() == 0 ? never : from + limit;
}

class Wheel;

/// Something that is to happen at a time unless it is taken back. Embed it by inheritance; while
/// armed it must stay where it is. Its destructor disarms it.
class Deadline {
 public:
  Deadline() = default;
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  bool armed() const noexcept { return next_ != nullptr; }
  void disarm() noexcept;

 protected:
  ~Deadline() { disarm(); }
  /// The time has come; already disarmed, so it may be armed anew. May destroy itself.
  virtual void on_deadline() = 0;

 private:
  friend class Wheel;

  void link_before(Deadline& head) noexcept;

  Deadline* next_ = nullptr;  // a ring through the slot's head
  Deadline* previous_ = nullptr;
  std::uint64_t tick_ = 0;
};

/// The deadlines of one worker: a hierarchical timing wheel (Varghese and Lauck, 1987). Arming and
/// disarming cost a few instructions each, whatever is armed, and nothing runs while nothing is
/// due. A deadline fires up to one tick (8 ms) late, never early.
///
/// Six levels of 64 slots: 8 ms, 0.5 s, 33 s, 35 min, 37 h, 99 days a slot. A deadline lies in the
/// level whose slot is just finer than its distance, and moves down when that slot comes up.
class Wheel {
 public:
  static constexpr milliseconds tick{8};

  explicit Wheel(TimePoint start);

  /// Fires `deadline` at `when`, or not at all for `never`. One that is armed is moved. What is
  /// past fires with the next tick.
  void arm(Deadline& deadline, TimePoint when);

  /// Fires all that is due at `now`.
  void advance(TimePoint now);

  /// When to call advance() next: not later than the first deadline, and never when nothing is
  /// armed.
  TimePoint next();

 private:
  static constexpr unsigned level_bits = 6;
  static constexpr unsigned levels = 6;
  static constexpr std::uint64_t slots = std::uint64_t{1} << level_bits;
  static constexpr std::uint64_t nothing = UINT64_MAX;

  struct Slot final : Deadline {
    Slot();
    ~Slot();
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    bool empty() const noexcept { return next_ == this; }
    Deadline& first() noexcept { return *next_; }
    void take(Slot& other) noexcept;
    void on_deadline() override {}
  };

  void place(Deadline& deadline);
  void move_down(Slot& slot);
  void fire(Slot& slot);
  std::uint64_t next_tick();

  TimePoint start_;
  std::uint64_t now_ = 0;  // all ticks up to this one have been fired
  std::array<std::array<Slot, slots>, levels> heads_;
  std::array<std::uint64_t, levels> occupied_{};  // a bit for each slot that may hold something
};

}  // namespace culvert::net
