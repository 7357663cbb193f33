// SPDX-License-Identifier: Apache-2.0
#include "proxy/bounds.hpp"

#include <algorithm>

#include "proxy/census.hpp"

namespace culvert::proxy {
namespace {

constexpr std::uint64_t own_descriptors = 100;  // listeners, loops, logs, name servers, pipes
constexpr std::uint64_t fewest = 16;

std::size_t enough_for(std::uint64_t descriptors, std::uint64_t kept) {
  const auto taken = own_descriptors + Census::most_turned_away + std::min(kept, descriptors / 2);
  return std::max(fewest, (std::max(descriptors, taken) - taken) / 2);
}

std::size_t share_of_one(std::size_t in_all) {
  return std::max<std::size_t>(1, in_all - (in_all + 49) / 50);
}

}  // namespace

Bounds bounds_of(const config::Config& config, std::uint64_t descriptors, std::size_t workers) {
  const auto& limits = config.limits;
  const auto in_all = limits.connections != 0 ? limits.connections
                                              : enough_for(descriptors, workers * config.http.pool);
  const auto one = limits.connections_per_client;
  return {.in_all = in_all, .per_client = one != 0 ? one : share_of_one(in_all)};
}

}  // namespace culvert::proxy
