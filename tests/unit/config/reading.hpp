// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "config/config.hpp"
#include "config/value.hpp"

namespace culvert::config {

/// The mistakes in a file of this text, as people see them. Also holds that there is a Config
/// exactly when there is no mistake.
inline std::vector<std::string> mistakes_in(std::string_view toml,
                                            const std::vector<Override>& overrides = {}) {
  const auto loaded = parse(toml, "c.toml", overrides);
  CHECK(loaded.config.has_value() == loaded.mistakes.empty());
  std::vector<std::string> made;
  for (const auto& mistake : loaded.mistakes) made.push_back(mistake.text());
  return made;
}

/// What a file of this text says; it must have no mistakes.
inline Config read_toml(std::string_view toml, const std::vector<Override>& overrides = {}) {
  CHECK(mistakes_in(toml, overrides).empty());
  auto loaded = parse(toml, "c.toml", overrides);
  REQUIRE(loaded.config);
  return *std::move(loaded.config);
}

inline Value text_value(std::string_view text) {
  return {.what = std::string(text), .place = {}};
}

inline Value number_value(std::int64_t number) {
  return {.what = number, .place = {}};
}

}  // namespace culvert::config
