// SPDX-License-Identifier: Apache-2.0
#include "config/near.hpp"

#include <string>

#include <catch2/catch.hpp>

using culvert::config::nearest;

TEST_CASE("near: a slip of the keyboard finds the name that was meant", "[config]") {
  constexpr std::string_view names[] = {"connect", "keep_alive", "tunnel_idle", "workers"};
  auto [written, meant] = GENERATE(table<const char*, const char*>({
      {"conect", "connect"},
      {"conenct", "connect"},
      {"connects", "connect"},
      {"Connect", "connect"},
      {"keep-alive", "keep_alive"},
      {"keepalive", "keep_alive"},
      {"tunnelIdle", "tunnel_idle"},
      {"worker", "workers"},
      {"wrokers", "workers"},
      {"threads", ""},
      {"", ""},
      {"x", ""},
  }));
  CAPTURE(written);
  CHECK(nearest(written, names) == meant);
}

TEST_CASE("near: nothing is near what is very long, or where nothing stands", "[config]") {
  constexpr std::string_view names[] = {"connect"};
  CHECK(nearest(std::string(10'000, 'c'), names).empty());
  CHECK(nearest("connect", {}).empty());
  const std::string longer(65, 'c');  // people name sets as they like
  const std::string_view long_names[] = {longer};
  CHECK(nearest(std::string(64, 'c'), long_names).empty());
}
