// SPDX-License-Identifier: Apache-2.0
#include "config/rules.hpp"

#include <algorithm>

#include "config/hosts.hpp"
#include "config/selectors.hpp"

namespace culvert::config {
namespace {

constexpr std::size_t longest_name = 64;
constexpr std::string_view actions[] = {"allow", "deny"};

/// A name stands in log lines and in the fields of a response, so it is plain ASCII.
Read<std::string> read_name(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  const bool fits = text != nullptr && !text->empty() && text->size() <= longest_name &&
                    std::ranges::all_of(*text, [](char c) { return c >= ' ' && c <= '~'; });
  if (!fits) return wants("1 to 64 letters, digits, spaces and ASCII signs", value);
  if (*text == "default") {
    return std::unexpected("\"default\" is what the log says when no rule matched; take another");
  }
  return *text;
}

/// The rule that has this name already: its number from 1, or 0.
std::size_t namesake(std::string_view name, const Draft& draft) {
  const auto found = std::ranges::find(draft.rules, name, &policy::Rule::name);
  return found == draft.rules.end() ? 0 : static_cast<std::size_t>(found - draft.rules.begin()) + 1;
}

void take_name(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  const auto name = read_name(value);
  if (!name) {
    draft.mistakes.add(value.place, key, name.error());
    return;
  }
  if (const auto other = namesake(*name, draft); other != 0) {
    draft.mistakes.add(value.place, key,
                       quoted(*name) + " is the name of rule[" + std::to_string(other) +
                           "] already; a name tells rules apart in the log");
  }
  into.rule.name = *name;
}

void take_action(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  const auto action = read_choice(value, actions);
  if (!action) {
    draft.mistakes.add(value.place, key, action.error());
    return;
  }
  into.rule.action = *action == "allow" ? policy::Action::allow : policy::Action::deny;
}

void take_hosts(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  into.rule.hosts = read_hosts(value, key, draft);
}

void take_ports(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  into.rule.ports = read_list(value, key, draft, MayBeEmpty::no, read_ports);
}

void take_clients(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  into.rule.clients = read_list(value, key, draft, MayBeEmpty::no, read_network);
}

void take_private(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  into.is_private = value.place;
  if (const auto* all = std::get_if<bool>(&value.what)) {
    into.rule.all_private = *all;
  } else if (std::holds_alternative<List>(value.what)) {
    into.rule.private_networks = read_list(value, key, draft, MayBeEmpty::no, read_network);
  } else {
    draft.mistakes.add(
        value.place, key,
        wants("true, false, or a list of networks such as [\"10.20.0.0/16\"]", value).error());
  }
}

constexpr Part<NewRule> parts[] = {
    {.name = "name", .read = take_name, .help = "What the log and the 403 page call the rule."},
    {.name = "action", .read = take_action, .help = "\"allow\" or \"deny\"."},
    {.name = "hosts",
     .read = take_hosts,
     .help = "\"a.example\" exactly, \"*.a.example\" below it, \".a.example\" both, an address, a "
             "network, \"@set\"."},
    {.name = "ports", .read = take_ports, .help = "Ports, 443, and ranges, \"1024-65535\"."},
    {.name = "clients",
     .read = take_clients,
     .help = "Addresses and networks that requests may come from."},
    {.name = "private",
     .read = take_private,
     .help = "true: hosts may have private addresses; or only those in a list of networks."},
};

void check_required(const Element& element, Draft& draft) {
  if (find(element.table, "name") == nullptr) {
    draft.mistakes.add(element.place, element.key + ".name",
                       "is missing; each rule needs a name, for the log");
  }
  if (find(element.table, "action") == nullptr) {
    draft.mistakes.add(element.place, element.key + ".action",
                       "is missing; write \"allow\" or \"deny\"");
  }
}

}  // namespace

std::span<const Part<NewRule>> rule_parts() {
  return parts;
}

void read_rules(const Value& value, Draft& draft) {
  draft.says_policy = true;
  for (const auto& element : elements(value, "rule", draft)) {
    NewRule made;
    made.rule.line = element.place.line;
    read_parts(rule_parts(), element.table, element.key, made, draft);
    check_required(element, draft);
    if (made.is_private && made.rule.action == policy::Action::deny) {
      draft.mistakes.add(*made.is_private, element.key + ".private",
                         "says nothing in a deny rule; leave it out");
    }
    draft.rules.push_back(std::move(made.rule));
  }
}

}  // namespace culvert::config
