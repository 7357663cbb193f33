// SPDX-License-Identifier: Apache-2.0
#include "proxy/tally.hpp"

#include <algorithm>
#include <cmath>

namespace culvert::proxy {
namespace {

constexpr std::uint64_t least_burst = 64UL * 1024;
constexpr std::uint64_t bursts_a_second = 4;
constexpr unsigned count_bits = 48;
constexpr std::uint64_t most_count = (std::uint64_t{1} << count_bits) - 1;

/// As long as so many bytes take, rounded up, and a year at most. A double is exact enough: it
/// holds a hundred days in nanoseconds.
net::Clock::duration time_for(std::uint64_t bytes, std::uint64_t rate) {
  constexpr double second = 1e9;
  constexpr double longest = second * 365 * 24 * 3600;
  const auto time = static_cast<double>(bytes) * second / static_cast<double>(rate);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::ceil(std::min(time, longest))));
}

std::uint64_t count_of(std::uint64_t word, std::uint16_t day) {
  return word >> count_bits == day ? word & most_count : 0;
}

}  // namespace

net::TimePoint Bucket::take(std::uint64_t bytes, std::uint64_t rate, net::TimePoint now) {
  const auto at_once = time_for(std::max(rate / bursts_a_second, least_burst), rate);
  auto before = paid_.load();
  auto after = std::max(before, now);
  if (bytes == 0) return after - at_once;
  const auto cost = time_for(bytes, rate);
  after += cost;
  while (!paid_.compare_exchange_weak(before, after)) after = std::max(before, now) + cost;
  return after - at_once;
}

// It may be fuller than full then, which take() does not see.
void Bucket::give_back(std::uint64_t bytes, std::uint64_t rate) {
  const auto worth = time_for(bytes, rate);
  auto before = paid_.load();
  while (!paid_.compare_exchange_weak(before, before - worth)) {
  }
}

std::uint64_t DayCount::add(std::uint64_t bytes, std::uint16_t day) {
  auto before = word_.load();
  while (true) {
    const auto count = count_of(before, day);
    const auto sum = count + std::min(bytes, most_count - count);
    const auto after = std::uint64_t{day} << count_bits | sum;
    if (word_.compare_exchange_weak(before, after)) return sum;
  }
}

std::uint64_t DayCount::on(std::uint16_t day) const {
  return count_of(word_.load(), day);
}

}  // namespace culvert::proxy
