// SPDX-License-Identifier: Apache-2.0
#include "websocket/asked.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>
#include <span>

namespace culvert::websocket {
namespace {

std::uint64_t hash_of(std::string_view payload) {
  return std::hash<std::string_view>()(payload);
}

std::uint64_t any_number() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

}  // namespace

/// The latest is always among those that are remembered: it may be the only one that is answered.
void Asked::pass(std::string_view payload, TimePoint now) {
  if (count_ < passed_.size()) ++count_;
  passed_[count_ - 1U] = {.payload = hash_of(payload), .at = now, .own_before = own_sent_};
}

/// Nobody can guess it, so no Pong has it that was not asked for.
std::string Asked::ping(TimePoint now) {
  if (own_sent_ == 0) own_first_ = any_number();
  const auto payload = own_first_ + own_sent_;
  own_at_[own_sent_ % remembered] = now;
  ++own_sent_;
  std::string bytes(sizeof payload, '\0');
  std::memcpy(bytes.data(), &payload, sizeof payload);
  return bytes;
}

/// Of one that was sent long before the latest, the time of the first that is remembered.
TimePoint Asked::own_at(std::uint64_t number) const {
  const auto first = own_sent_ - std::min<std::uint64_t>(own_sent_, remembered);
  return own_at_[std::max(number, first) % remembered];
}

Asked::Answer Asked::answer(std::string_view payload) {
  if (std::uint64_t bytes = 0; payload.size() == sizeof bytes) {
    std::memcpy(&bytes, payload.data(), sizeof bytes);
    const auto number = bytes - own_first_;
    if (number >= own_came_ && number < own_sent_) return own_answer(number);
  }
  const auto hash = hash_of(payload);
  for (auto at = count_; at-- > 0;) {
    if (passed_[at].payload != hash) continue;
    const auto ping = passed_[at];
    drop_first(std::size_t{at} + 1);
    own_answered_ = std::max(own_answered_, ping.own_before);
    return {.own = false, .asked = ping.at};
  }
  return {};
}

Asked::Answer Asked::own_answer(std::uint64_t number) {
  own_came_ = number + 1;
  own_answered_ = std::max(own_answered_, own_came_);
  const auto before = [number](const Ping& ping) { return ping.own_before <= number; };
  drop_first(
      static_cast<std::size_t>(std::ranges::count_if(std::span(passed_).first(count_), before)));
  return {.own = true, .asked = own_at(number)};
}

void Asked::drop_first(std::size_t answered) {
  std::ranges::move(std::span(passed_).first(count_).subspan(answered), passed_.begin());
  count_ = static_cast<std::uint8_t>(count_ - answered);
}

std::optional<TimePoint> Asked::since() const {
  std::optional<TimePoint> first;
  if (count_ > 0) first = passed_[0].at;
  if (waits()) first = std::min(first.value_or(own_at(own_answered_)), own_at(own_answered_));
  return first;
}

}  // namespace culvert::websocket
