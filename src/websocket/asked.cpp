// SPDX-License-Identifier: Apache-2.0
#include "websocket/asked.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <span>

namespace culvert::websocket {
namespace {

std::uint64_t hash_of(std::string_view payload) {
  return std::hash<std::string_view>()(payload);
}

}  // namespace

void Asked::pass(std::string_view payload, TimePoint now) {
  if (count_ < passed_.size()) passed_[count_++] = {.payload = hash_of(payload), .at = now};
}

/// Nobody can guess it, so no Pong has it that was not asked for.
std::string Asked::ping(TimePoint now) {
  std::random_device random;
  for (auto& byte : own_) byte = static_cast<char>(random());
  own_at_ = now;
  own_waits_ = own_comes_ = true;
  return {own_.data(), own_.size()};
}

Asked::Answer Asked::answer(std::string_view payload) {
  if (own_comes_ && payload == std::string_view(own_.data(), own_.size())) {
    own_waits_ = own_comes_ = false;
    drop_first(static_cast<std::size_t>(
        std::ranges::count_if(std::span(passed_).first(count_),
                              [this](const Ping& ping) { return ping.at <= own_at_; })));
    return {.own = true, .asked = own_at_};
  }
  const auto hash = hash_of(payload);
  for (auto at = count_; at-- > 0;) {
    if (passed_[at].payload != hash) continue;
    const auto asked = passed_[at].at;
    drop_first(std::size_t{at} + 1);
    if (own_at_ <= asked) own_waits_ = false;
    return {.own = false, .asked = asked};
  }
  return {};
}

void Asked::drop_first(std::size_t answered) {
  std::ranges::move(std::span(passed_).first(count_).subspan(answered), passed_.begin());
  count_ = static_cast<std::uint8_t>(count_ - answered);
}

std::optional<TimePoint> Asked::since() const {
  std::optional<TimePoint> first;
  if (count_ > 0) first = passed_[0].at;
  if (own_waits_) first = std::min(first.value_or(own_at_), own_at_);
  return first;
}

}  // namespace culvert::websocket
