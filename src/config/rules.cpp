// SPDX-License-Identifier: Apache-2.0
#include "config/rules.hpp"

#include <algorithm>
#include <optional>

#include "config/hosts.hpp"
#include "config/origin_http.hpp"
#include "config/selectors.hpp"
#include "config/terms.hpp"
#include "config/websocket.hpp"

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

void take_users(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  into.rule.users = read_list(value, key, draft, MayBeEmpty::no, read_user);
  draft.asking_user.push_back(value.place);
}

void take_groups(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  into.rule.groups = read_list(value, key, draft, MayBeEmpty::no, read_user);
  draft.asking_user.push_back(value.place);
}

void take_methods(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  into.rule.methods = read_list(value, key, draft, MayBeEmpty::no, read_method);
}

void take_schemes(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  for (const auto scheme : read_list(value, key, draft, MayBeEmpty::no, read_scheme)) {
    into.rule.schemes.add(scheme);
  }
}

/// One window, or a list of them.
void take_hours(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  const auto* list = std::get_if<List>(&value.what);
  const auto windows = list == nullptr ? List{value} : *list;
  if (windows.empty()) entries(value, key, draft, MayBeEmpty::no);
  std::optional<policy::Hours> all;
  for (const auto& window : windows) {
    const auto hours = read_hours(window);
    if (!hours) {
      draft.mistakes.add(window.place, key, hours.error());
    } else if (all) {
      all->add(*hours);
    } else {
      all = *hours;
    }
  }
  if (all) into.rule.hours = *std::move(all);
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
    {.name = "users",
     .read = take_users,
     .help = "Users, as [auth] knows them; \"*\" is everyone who said who they are."},
    {.name = "groups", .read = take_groups, .help = "Groups of users, of auth.groups."},
    {.name = "methods", .read = take_methods, .help = "Methods, such as \"GET\" and \"CONNECT\"."},
    {.name = "schemes",
     .read = take_schemes,
     .help = "\"http\", \"https\", \"ws\", \"wss\", and \"connect\" for tunnels."},
    {.name = "hours",
     .read = take_hours,
     .help = "When the rule holds, in local time: \"Mon-Fri 08:00-18:00\", or a list."},
    {.name = "private",
     .read = take_private,
     .help = "true: hosts may have private addresses; or only those in a list of networks."},
    {.name = "tunnel",
     .read = take_tunnel,
     .help = "What may run in a CONNECT tunnel: \"tls\", \"websocket\", \"http\", or \"any\"."},
    {.name = "sni",
     .read = take_sni,
     .help = "Of the name in a tunnel's TLS: \"off\", \"log\", \"match\" or \"require\"."},
    {.name = "websocket",
     .read = take_websocket,
     .help = "\"allow\", \"deny\", or only some: { origins = [], paths = [], protocols = [] }."},
    {.name = "timeouts",
     .read = take_timeouts,
     .help = "Time limits of its own, in place of those of [timeouts]."},
    {.name = "limits",
     .read = take_limits,
     .help = "How much all that the rule allows may take together."},
    {.name = "origin_http",
     .read = take_origin_http,
     .help = "How its origins are spoken to, in place of http.origin_http."},
};

/// A file that lost its lines must not open what it closed; one that allows is only odd.
void check_sets(const policy::Rule& rule, Draft& draft) {
  for (const auto& [place, key, used] : draft.used_sets) {
    const auto set = "hosts." + used.set;
    const bool read = !draft.mistakes.about(set) && !draft.mistakes.about(set + ".");
    if (!used.hosts->empty() || !read) continue;
    if (rule.action == policy::Action::deny) {
      draft.mistakes.add(place, key,
                         "@" + used.set + " has no host, so the rule would deny nothing");
    } else {
      draft.warnings.add(place, key,
                         "@" + used.set + " has no host, so the rule allows nothing by it");
    }
  }
  draft.used_sets.clear();
}

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
    settle_terms(element, made, draft);
    check_sets(made.rule, draft);
    draft.rules.push_back(std::move(made.rule));
    draft.rule_timeouts.push_back(std::move(made.timeouts));
    draft.rule_websocket.push_back(made.websocket);
    draft.rule_origin_http.push_back(made.origin_http);
    draft.rule_places.push_back(element.place);
  }
}

}  // namespace culvert::config
