// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <ctime>

#include <culvert/http1/date.hpp>

namespace culvert::http1 {

std::string imf_fixdate(std::chrono::system_clock::time_point when) {
  const auto seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 30> text{};
  // This program never leaves the C locale, where names are English.
  const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

}  // namespace culvert::http1
