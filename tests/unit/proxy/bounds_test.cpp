// SPDX-License-Identifier: Apache-2.0
#include "proxy/bounds.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace culvert::proxy;

namespace {

config::Config with(std::size_t connections, std::size_t per_client, std::size_t pool = 512) {
  config::Config config;
  config.limits.connections = connections;
  config.limits.connections_per_client = per_client;
  config.http.pool = pool;
  return config;
}

}  // namespace

TEST_CASE("bounds: unless they are set, descriptors decide", "[bounds]") {
  auto [descriptors, workers, pool, in_all, per_client] =
      GENERATE(table<std::uint64_t, std::size_t, std::size_t, std::size_t, std::size_t>({
          {20'000, 2, 512, 9388, 9200},
          {20'000, 2, 0, 9900, 9702},
          {1'048'576, 8, 512, 522'140, 511'697},
          {1024, 2, 512, 156, 152},  // the pools count for half at most
          {4096, 16, 100'000, 924, 905},
          {300, 1, 0, 50, 49},
          {100, 1, 512, 16, 15},
          {0, 1, 512, 16, 15},
      }));
  CAPTURE(descriptors, workers, pool);
  const auto bounds = bounds_of(with(0, 0, pool), descriptors, workers);
  CHECK(bounds.in_all == in_all);
  CHECK(bounds.per_client == per_client);
}

TEST_CASE("bounds: without a limit on descriptors they stay a number", "[bounds]") {
  const auto bounds = bounds_of(with(0, 0), UINT64_MAX, 2);
  CHECK(bounds.in_all > 1'000'000'000);
  CHECK(bounds.per_client < bounds.in_all);
}

TEST_CASE("bounds: what is set holds, and the client's share goes by it", "[bounds]") {
  auto [connections, per_client, in_all, of_one] =
      GENERATE(table<std::size_t, std::size_t, std::size_t, std::size_t>({
          {1000, 0, 1000, 980},
          {50'000, 7, 50'000, 7},  // more than the descriptors are enough for
          {0, 7, 9388, 7},
          {51, 0, 51, 49},
          {2, 0, 2, 1},
          {1, 0, 1, 1},
      }));
  CAPTURE(connections, per_client);
  const auto bounds = bounds_of(with(connections, per_client), 20'000, 2);
  CHECK(bounds.in_all == in_all);
  CHECK(bounds.per_client == of_one);
}
