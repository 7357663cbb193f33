// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <culvert/policy/key_table.hpp>

#include "policy/suffix_hash.hpp"

using namespace culvert::policy;

namespace {

std::vector<std::string> keys_in_order(const KeyTable& table) {
  std::vector<std::string> made;
  for (const auto offset : table.in_order()) made.emplace_back(table.at(offset).key);
  return made;
}

}  // namespace

TEST_CASE("key table: keys with the same hash are told apart", "[policy]") {
  KeyTable table;
  for (int i = 0; i < 100; ++i) CHECK(table.add("key" + std::to_string(i), 42, 1));
  for (int i = 0; i < 100; ++i) CHECK(table.flags("key" + std::to_string(i), 42) == 1);
  CHECK(table.flags("key100", 42) == 0);
  CHECK(table.flags("key1", 43) == 0);
}

TEST_CASE("key table: flags of a key come together", "[policy]") {
  KeyTable table;
  CHECK(table.flags("a", 1) == 0);
  CHECK(table.add("a", 1, 1));
  CHECK(table.add("a", 1, 4));
  CHECK_FALSE(table.add("a", 1, 4));
  CHECK(table.flags("a", 1) == 5);
  CHECK(table.all().size() == 1);
}

TEST_CASE("key table: keys come in the order of their bytes", "[policy]") {
  const std::vector<std::string> sorted = {
      "",          std::string("\0", 1), "a", "a.",   "aaaaaaaa",
      "aaaaaaaaa", "aaaaaaaab",          "b", "\x80", std::string(255, '\xff')};
  KeyTable table;
  for (auto key = sorted.rbegin(); key != sorted.rend(); ++key) {
    table.add(*key, SuffixHash::of(*key), 1);
  }
  CHECK(keys_in_order(table) == sorted);
  CHECK(table.flags(sorted.back(), SuffixHash::of(sorted.back())) == 1);
}

TEST_CASE("suffix hash: the end of a name has the hash of that name alone", "[policy]") {
  const std::string name = "www.example.com";
  SuffixHash hash;
  for (auto at = name.size(); at-- > 0;) {
    hash.take(name[at]);
    CHECK(hash.tag() == SuffixHash::of(std::string_view(name).substr(at)));
  }
}

TEST_CASE("suffix hash: names that differ a little hardly ever share one", "[policy]") {
  std::vector<std::uint32_t> tags;
  for (int i = 0; i < 10000; ++i) tags.push_back(SuffixHash::of(std::to_string(i) + ".example"));
  for (std::size_t i = 1; i < 100; ++i) tags.push_back(SuffixHash::of(std::string(i, '\0')));
  std::ranges::sort(tags);
  const auto repeated = std::ranges::unique(tags);
  CHECK(repeated.size() < 10);  // 0.01 to be expected
  // The low bits choose the place in the table: no place has too many.
  std::vector<int> places(256);
  for (const auto tag : tags) ++places[tag % places.size()];
  CHECK(std::ranges::max(places) < 120);  // 39 to be expected
}
