// SPDX-License-Identifier: Apache-2.0
#include "policy/normal.hpp"

#include "unit/policy/rules.hpp"

using namespace culvert;
using namespace culvert::policy;
using namespace culvert::policy::testing;

namespace {

std::string text_of(const std::vector<PortRange>& ranges) {
  std::string text;
  for (const auto& [first, last] : ranges) {
    text += std::to_string(first) + "-" + std::to_string(last) + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("normal: ranges of ports that touch become one", "[policy]") {
  CHECK(text_of(merged(std::vector<PortRange>{{443, 443}, {80, 80}})) == "80-80 443-443 ");
  CHECK(text_of(merged(std::vector<PortRange>{{1, 2}, {3, 4}, {4, 9}, {5, 6}})) == "1-9 ");
  CHECK(text_of(merged(std::vector<PortRange>{{1024, 65535}, {65535, 65535}})) == "1024-65535 ");
  CHECK(merged(std::vector<PortRange>{}).empty());
  CHECK(merged(std::vector<PortRange>{{1, 100}, {101, 65535}}).empty());
  CHECK(text_of(merged_or_all({})) == "1-65535 ");
}

TEST_CASE("normal: networks within others go", "[policy]") {
  const auto made = merged(networks({"10.1.0.0/16", "::/0", "10.0.0.0/8", "10.0.0.0/8",
                                     "11.0.0.0/8", "10.255.255.255", "2001:db8::1", "9.0.0.0/8"}));
  std::string text;
  for (const auto& network : made) text += network.text() + " ";
  CHECK(text == "9.0.0.0/8 10.0.0.0/8 11.0.0.0/8 ::/0 ");
}
