// SPDX-License-Identifier: Apache-2.0
#include "app/lesson.hpp"

#include <algorithm>
#include <compare>
#include <map>
#include <tuple>
#include <utility>

namespace culvert::app {
namespace {

using policy::Few;
using policy::Scheme;
using policy::Speech;

template <class Enum>
unsigned order(Few<Enum> few, std::initializer_list<Enum> values) {
  unsigned bits = 0;
  for (const auto value : values) bits = bits << 1U | (few.has(value) ? 1U : 0U);
  return bits;
}

/// How a target is reached. Who is reached alike may share a rule.
struct Way {
  Few<Scheme> schemes;
  Few<Speech> speeches;
  bool is_private = false;
  bool is_strange = false;

  explicit Way(const Seen& seen)
      : schemes(seen.schemes),
        speeches(seen.speeches),
        is_private(!seen.private_addresses.empty()),
        is_strange(!seen.strange_names.empty()) {}

  auto key() const {
    return std::tuple(
        order(schemes, {Scheme::http, Scheme::https, Scheme::ws, Scheme::wss, Scheme::connect}),
        order(speeches, {Speech::any, Speech::http, Speech::websocket, Speech::tls}), is_private,
        is_strange);
  }
  friend bool operator<(const Way& one, const Way& other) { return one.key() < other.key(); }
};

using Ports = std::vector<std::uint16_t>;

/// Hosts that share a way and ports.
struct Group {
  Way way;
  Ports ports;
  std::map<std::string, Seen> hosts;  // addresses and names
  std::vector<std::string> names;     // of these, the names; sorted
  std::vector<Family> families = {};  // names that a pattern stands for
};

bool share_a_port(const Group& one, const Group& other) {
  return std::ranges::find_first_of(one.ports, other.ports) != one.ports.end();
}

/// One host by one way: its ports.
struct Reached {
  bool is_address = false;
  Ports ports;
  Seen seen;
};

std::vector<Group> groups_of(const Tally& tally) {
  std::map<std::pair<Way, std::string>, Reached> by_way;
  for (const auto& [place, seen] : tally.seen) {
    auto& reached = by_way[{Way(seen), place.host}];
    reached.is_address = place.is_address;
    reached.ports.push_back(place.port);
    reached.seen.add(seen);
  }
  std::map<std::pair<Way, Ports>, Group> groups;
  for (const auto& [key, reached] : by_way) {
    const auto& [way, host] = key;
    auto& group = groups.try_emplace({way, reached.ports}, way, reached.ports).first->second;
    group.hosts.emplace(host, reached.seen);
    if (!reached.is_address) group.names.push_back(host);
  }
  std::vector<Group> all;
  for (auto& [key, group] : groups) all.push_back(std::move(group));
  return all;
}

/// A pattern, and the group that it is of.
struct Taken {
  const Group* group;
  std::string domain;
};

bool is_taken(const std::string& name, const Group& group, const std::vector<Taken>& taken) {
  return std::ranges::any_of(taken, [&](const Taken& one) {
    return share_a_port(*one.group, group) && is_within(name, one.domain);
  });
}

/// Gives each group its patterns. What an earlier pattern has stays a name of its own, since the
/// rules of names come first.
void find_families(std::vector<Group>& groups, const Siblings& siblings) {
  std::vector<Taken> taken;
  for (auto& group : groups) {
    auto free = group.names;
    std::erase_if(free, [&](const auto& name) { return is_taken(name, group, taken); });
    group.families = siblings.families(free);
    for (const auto& family : group.families) taken.push_back({&group, family.domain});
  }
}

bool has_host_of(const Group& group, const Group& other) {
  if (&group == &other || !share_a_port(group, other)) return false;
  return std::ranges::any_of(group.families, [&other](const Family& family) {
    return std::ranges::any_of(
        other.names, [&family](const auto& name) { return is_within(name, family.domain); });
  });
}

/// Hosts of one group as a rule, as yet without hosts.
Lesson empty_lesson(const Group& group) {
  return {.hosts = {},
          .ports = group.ports,
          .schemes = group.way.schemes,
          .speeches = group.way.speeches,
          .seen = {}};
}

void add_host(Lesson& lesson, const std::string& host, const Seen& seen) {
  lesson.hosts.push_back({.pattern = host, .times = seen.times(), .names = {}});
  lesson.seen.add(seen);
}

void add_patterns(Lesson& lesson, const Group& group) {
  for (const auto& family : group.families) {
    Seen seen;
    for (const auto& name : family.names) seen.add(group.hosts.at(name));
    lesson.hosts.push_back(
        {.pattern = "." + family.domain, .times = seen.times(), .names = family.names});
    lesson.seen.add(seen);
  }
}

bool is_in_a_family(const std::string& host, const Group& group) {
  return std::ranges::any_of(group.families, [&host](const Family& family) {
    return std::ranges::find(family.names, host) != family.names.end();
  });
}

}  // namespace

std::vector<Lesson> lessons(const Tally& tally, const Siblings& siblings) {
  auto groups = groups_of(tally);
  find_families(groups, siblings);
  std::vector<Lesson> first;
  std::vector<Lesson> last;
  for (const auto& group : groups) {
    auto lesson = empty_lesson(group);
    auto patterns = empty_lesson(group);
    const bool apart = std::ranges::any_of(
        groups, [&group](const Group& other) { return has_host_of(group, other); });
    add_patterns(apart ? patterns : lesson, group);
    for (const auto& [host, seen] : group.hosts) {
      if (!is_in_a_family(host, group)) add_host(lesson, host, seen);
    }
    if (!lesson.hosts.empty()) first.push_back(std::move(lesson));
    if (!patterns.hosts.empty()) last.push_back(std::move(patterns));
  }
  std::ranges::move(last, std::back_inserter(first));
  return first;
}

}  // namespace culvert::app
