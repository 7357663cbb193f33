// SPDX-License-Identifier: Apache-2.0
#include "app/siblings.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using culvert::app::is_within;
using culvert::app::Siblings;
using Names = std::vector<std::string>;

TEST_CASE("siblings: three names of one registrable domain are a family", "[siblings]") {
  auto [names, domain] = GENERATE(table<Names, const char*>({
      {{"a.example.com", "b.example.com", "c.example.com"}, "example.com"},
      {{"c.example.com", "example.com", "b.example.com"}, "example.com"},
      {{"a.x.example.com", "b.example.com", "c.y.example.com"}, "example.com"},
      {{"a.shop.co.uk", "b.shop.co.uk", "c.shop.co.uk"}, "shop.co.uk"},
      {{"a.me.github.io", "b.me.github.io", "c.me.github.io"}, "me.github.io"},
      {{"a.wiki.internal", "b.wiki.internal", "wiki.internal"}, "wiki.internal"},
  }));
  const auto found = Siblings().families(names);
  REQUIRE(found.size() == 1);
  CHECK(found[0].domain == domain);
  std::ranges::sort(names);
  CHECK(found[0].names == names);
}

TEST_CASE("siblings: a family's domain is no wider than it must be", "[siblings]") {
  const auto found =
      Siblings().families({"a.cdn.example.com", "b.cdn.example.com", "c.cdn.example.com"});
  REQUIRE(found.size() == 1);
  CHECK(found[0].domain == "cdn.example.com");
}

TEST_CASE("siblings: what has only a public suffix in common is no family", "[siblings]") {
  auto names = GENERATE(values<Names>({
      {"a.co.uk", "b.co.uk", "c.co.uk", "d.co.uk"},
      {"a.github.io", "b.github.io", "c.github.io"},
      {"a.com", "b.com", "c.com"},
      {"co.uk", "github.io", "com"},
      {"one", "two", "three"},
      {"a.example.com", "b.example.com"},
      {"a.example.com", "b.example.com", "c.example.org"},
  }));
  CAPTURE(names.front());
  CHECK(Siblings().families(names).empty());
}

TEST_CASE("siblings: within is by whole labels", "[siblings]") {
  CHECK(is_within("example.com", "example.com"));
  CHECK(is_within("a.example.com", "example.com"));
  CHECK(!is_within("badexample.com", "example.com"));
  CHECK(!is_within("com", "example.com"));
}
