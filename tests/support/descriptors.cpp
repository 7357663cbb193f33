// SPDX-License-Identifier: Apache-2.0
#include "support/descriptors.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "support/peer.hpp"

namespace culvert::test {

std::size_t descriptors() {
  const auto all = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

bool descriptors_fall_to(std::size_t count) {
  const auto until = std::chrono::steady_clock::now() + Peer::patience;
  while (descriptors() > count) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

DescriptorLimit::DescriptorLimit(rlim_t most) {
  getrlimit(RLIMIT_NOFILE, &before_);
  const rlimit now{.rlim_cur = std::min(most, before_.rlim_max), .rlim_max = before_.rlim_max};
  setrlimit(RLIMIT_NOFILE, &now);
}

DescriptorLimit::~DescriptorLimit() {
  setrlimit(RLIMIT_NOFILE, &before_);
}

}  // namespace culvert::test
