// SPDX-License-Identifier: Apache-2.0
#include "config/read.hpp"

#include <algorithm>

#include "config/hosts.hpp"
#include "config/identities.hpp"
#include "config/keys.hpp"
#include "config/listeners.hpp"
#include "config/origin_http.hpp"
#include "config/policy_hash.hpp"
#include "config/rules.hpp"
#include "config/users.hpp"
#include "config/websocket.hpp"

namespace culvert::config {
namespace {

/// The names that may stand at the top of a file: keys, sections and arrays of tables.
std::vector<std::string_view> top_names() {
  std::vector<std::string_view> made{"listen", "rule", "hosts", "identities"};
  for (const auto& key : keys()) {
    const auto name = key.name.substr(0, key.name.find('.'));
    if (made.back() != name) made.push_back(name);  // the keys of a section stand together
  }
  return made;
}

/// The names of the keys in a section; none when there is no such section.
std::vector<std::string_view> section_names(std::string_view section) {
  std::vector<std::string_view> made;
  for (const auto& key : keys()) {
    const auto dot = key.name.find('.');
    if (dot != std::string_view::npos && key.name.substr(0, dot) == section) {
      made.push_back(key.name.substr(dot + 1));
    }
  }
  return made;
}

void read_section(const Entry& section, std::span<const std::string_view> names, Draft& draft) {
  const auto* table = std::get_if<Table>(&section.value.what);
  if (table == nullptr) {
    draft.mistakes.add(
        section.value.place, section.key,
        wants("a section, under a line [" + section.key + "]", section.value).error());
    return;
  }
  for (const auto& entry : *table) {
    const auto name = section.key + "." + entry.key;
    if (const auto* key = find_key(name)) {
      set(*key, entry.value, draft);
    } else {
      unknown_key(entry.place, name, entry.key, names, draft);
    }
  }
}

void read_entry(const Entry& entry, Draft& draft) {
  const auto names = section_names(entry.key);
  if (entry.key == "policy") draft.says_policy = true;
  if (entry.key == "hosts") return;  // read before all else, since rules name its sets
  if (entry.key == "listen") {
    read_listeners(entry.value, draft);
  } else if (entry.key == "rule") {
    read_rules(entry.value, draft);
  } else if (entry.key == "identities") {
    read_identities(entry.value, draft);
  } else if (!names.empty()) {
    read_section(entry, names, draft);
  } else if (const auto* key = find_key(entry.key); key != nullptr && !entry.key.contains('.')) {
    set(*key, entry.value, draft);
  } else {
    unknown_key(entry.place, entry.key, entry.key, top_names(), draft);
  }
}

/// A mistake in `key` unless its value fits that of `other`. It stands where either was set.
void check_pair(bool fits, const std::string& key, const std::string& other,
                const std::string& what, Draft& draft) {
  if (fits || draft.mistakes.about(key) || draft.mistakes.about(other)) return;
  const auto& places = draft.places;
  const bool has_own = places.contains(key);
  draft.mistakes.add(places.find(has_own ? key : other)->second, has_own ? key : other, what);
}

void check_pairs(Draft& draft) {
  const auto& dns = draft.config.dns;
  check_pair(dns.min_ttl <= dns.max_ttl, "dns.min_ttl", "dns.max_ttl",
             "dns.min_ttl is longer than dns.max_ttl; the floor must not be above the ceiling",
             draft);
  const auto& limits = draft.config.http.limits;
  check_pair(limits.target_bytes <= limits.head_bytes, "http.target_bytes", "http.head_bytes",
             "http.target_bytes is more than http.head_bytes, and the target is part of the head",
             draft);
}

void check_open(Draft& draft) {
  const auto& mistakes = draft.mistakes;
  const bool policy_is_read = !mistakes.about("rule[") && !mistakes.about("rule") &&
                              !mistakes.about("policy.") && !mistakes.about("hosts.");
  if (!policy_is_read || !draft.config.policy.open_to_all_clients()) return;
  for (const auto& listener : draft.listeners) {
    const auto& listen = listener.listen;
    const auto* endpoint = listen.place.endpoint();
    // A Unix socket is guarded by its file's mode.
    if (listen.open || endpoint == nullptr || endpoint->address.is_loopback()) continue;
    if (listener.requires_certificate()) continue;
    const std::string where =
        listener.place.line == 0 ? "the [[listen]] of a file" : "this [[listen]]";
    const bool reports = draft.config.policy.mode() == policy::Mode::report;
    const std::string remedy =
        reports ? "mode = \"report\" refuses nobody; listen on 127.0.0.1"
                : "write clients = [...] or users = [...] in each rule that allows";
    draft.mistakes.add(listener.place, listener.key,
                       "would be open to anyone who can reach " + endpoint->text() + "; " + remedy +
                           ", or open = true in " + where + " if that is meant");
  }
}

policy::Policy make_policy(Draft& draft) {
  if (!draft.says_policy) return policy::Policy::built_in();
  const bool allow = draft.default_action == "allow";
  return {std::move(draft.rules), allow ? policy::Action::allow : policy::Action::deny,
          draft.mode == "report" ? policy::Mode::report : policy::Mode::enforce};
}

/// Of each rule: those of [timeouts], less what it says itself.
std::vector<Timeouts> make_rule_timeouts(const Draft& draft) {
  std::vector<Timeouts> made;
  for (const auto& own : draft.rule_timeouts) {
    made.push_back(draft.config.timeouts);
    for (const auto& [which, limit] : own) made.back().*which = limit;
  }
  return made;
}

/// What follows from the rules taken together.
void check_rules(Draft& draft) {
  const auto& rules = draft.config.policy.rules();
  const bool can_ask_user = draft.config.can_ask_user();
  for (std::size_t rule = 0; rule < rules.size(); ++rule) {
    if (!policy::contradicts_itself(rules[rule])) continue;
    draft.warnings.add(draft.rule_places[rule], "rule[" + std::to_string(rule + 1) + "]",
                       quoted(rules[rule].name) +
                           " never matches: no request has one of its methods and one of its "
                           "schemes; CONNECT goes with \"connect\" alone, and \"ws\" and \"wss\" "
                           "with GET alone");
  }
  for (const auto& [rule, by] : policy::shadowed_rules(draft.config.policy, can_ask_user)) {
    draft.warnings.add(draft.rule_places[rule], "rule[" + std::to_string(rule + 1) + "]",
                       quoted(rules[rule].name) + " never matches: rule[" + std::to_string(by + 1) +
                           "] " + quoted(rules[by].name) +
                           " comes before it and matches all that "
                           "it would");
  }
}

http1::Forwarded forwarded_of(std::string_view word) {
  if (word == "off") return http1::Forwarded::off;
  return word == "add" ? http1::Forwarded::add : http1::Forwarded::remove;
}

}  // namespace

void read_file(const Table& file, Draft& draft) {
  if (const auto* sets = find(file, "hosts")) read_sets(*sets, draft);
  for (const auto& entry : file) read_entry(entry, draft);
}

void finish(Draft& draft) {
  draft.config.policy = make_policy(draft);
  draft.config.rule_timeouts = make_rule_timeouts(draft);
  draft.config.websocket.heartbeat = heartbeat_of(draft.heartbeat);
  draft.config.rule_websocket = make_rule_websocket(draft);
  draft.config.http.forwarded = forwarded_of(draft.forwarded);
  settle_origin_http(draft);
  if (!draft.says_listen) {
    const Endpoint built_in{.address = Address::v4(0x7f000001), .port = 3128};
    draft.listeners.push_back({.listen = {.place = built_in}, .place = {}, .key = {}});
  }
  check_pairs(draft);
  check_open(draft);
  load_users(draft);
  for (const auto& listener : draft.listeners) draft.config.listen.push_back(listener.listen);
  if (!draft.mistakes.empty()) return;
  check_rules(draft);
  check_websocket(draft);
  draft.config.policy_hash = policy_hash_of(draft.config);
}

}  // namespace culvert::config
