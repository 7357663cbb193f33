// SPDX-License-Identifier: Apache-2.0
// A set of hosts matches what one of its patterns does. The input is lines: patterns, an empty
// line, and hosts that are looked up; patterns are looked up as hosts, too.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <culvert/policy/host_set.hpp>

#include "base/idna.hpp"
#include "fuzz/oracle.hpp"

using namespace culvert;
using namespace culvert::fuzz;
using policy::HostPattern;
using policy::HostSet;
using Patterns = std::vector<HostPattern>;

namespace {

struct Input {
  Patterns patterns;
  std::vector<Host> hosts;
};

/// A pattern has one spelling, which is read as itself.
void check_spelling(const HostPattern& pattern) {
  const auto again = HostPattern::parse(pattern.text());
  must(again.has_value());
  must(again->text() == pattern.text());
}

void check_idna(std::string_view line) {
  const auto ascii = to_ascii(line);
  if (!ascii) return;
  must(std::ranges::all_of(*ascii, [](char c) { return static_cast<unsigned char>(c) < 128; }));
  // A name is not another one when it is read again; signs that no name has may be anything.
  if (Host::parse(*ascii)) must(to_ascii(*ascii) == *ascii);
}

Input read(std::string_view text) {
  Input input;
  bool in_patterns = true;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    check_idna(line);
    if (line.empty()) in_patterns = false;
    const auto pattern = HostPattern::parse(line);
    if (in_patterns && pattern) {
      check_spelling(*pattern);
      input.patterns.push_back(*pattern);
    }
    if (const auto host = Host::parse(line)) input.hosts.push_back(*host);
  }
  return input;
}

bool any_matches(const Patterns& patterns, const auto& host) {
  return std::ranges::any_of(patterns, [&](const auto& pattern) { return pattern.matches(host); });
}

void check_look_up(const HostSet& set, const Patterns& patterns, const Host& host) {
  const bool wanted = any_matches(patterns, host);
  must(set.matches(host) == wanted);
  if (host.is_address()) {
    must(set.matches(host.address()) == any_matches(patterns, host.address()));
  }
  const auto found = set.matching(host);
  must(found.has_value() == wanted);
  if (!found) return;
  must(HostPattern::parse(*found)->matches(host));
  must(std::ranges::find(patterns, *found, &HostPattern::text) != patterns.end());
}

void check_order(const HostSet& set, const Patterns& patterns) {
  std::multiset<std::string> told;
  set.each_in_order([&told](std::string_view text) { told.emplace(text); });
  std::set<std::string> wanted;
  for (const auto& pattern : patterns) wanted.insert(pattern.text());
  must(std::ranges::equal(told, wanted));
  must(set.size() == wanted.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto [patterns, hosts] = read(text_of(data, size));
  const HostSet set(patterns);
  check_order(set, patterns);
  for (const auto& host : hosts) check_look_up(set, patterns, host);

  const auto middle = patterns.begin() + static_cast<std::ptrdiff_t>(patterns.size() / 2);
  HostSet first(Patterns(patterns.begin(), middle));
  const HostSet second(Patterns(middle, patterns.end()));
  must(set.covers(first) && set.covers(second));
  if (first.covers(second)) {
    for (const auto& host : hosts) must(first.matches(host) || !second.matches(host));
  }
  first.add(second);
  check_order(first, patterns);
  for (const auto& host : hosts) check_look_up(first, patterns, host);
  return 0;
}
