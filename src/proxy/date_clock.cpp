// SPDX-License-Identifier: Apache-2.0
#include "proxy/date_clock.hpp"

#include <chrono>

#include <culvert/http1/date.hpp>

namespace culvert::proxy {

std::string_view DateClock::at(net::TimePoint now) {
  if (now >= until_) {
    using std::chrono::system_clock;
    const auto today = system_clock::now();
    text_ = http1::imf_fixdate(today);
    const auto next = std::chrono::floor<std::chrono::seconds>(today) + std::chrono::seconds(1);
    until_ = now + (next - today);
  }
  return text_;
}

}  // namespace culvert::proxy
