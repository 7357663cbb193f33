// SPDX-License-Identifier: Apache-2.0
#include "config/hosts.hpp"

#include <memory>
#include <ranges>

#include "config/near.hpp"
#include "config/parts.hpp"
#include "config/selectors.hpp"

namespace culvert::config {
namespace {

/// The name behind the @ of a value that names a set, or null.
const std::string* set_reference(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  return text != nullptr && text->starts_with('@') ? text : nullptr;
}

Read<policy::HostPattern> read_member(const Value& value) {
  if (set_reference(value) != nullptr) {
    return std::unexpected("a set holds hosts, not other sets; name both sets in the rule");
  }
  return read_pattern(value);
}

std::string unknown_set(std::string_view name, const Draft& draft) {
  const auto keys = std::views::keys(draft.sets);
  const std::vector<std::string_view> names(keys.begin(), keys.end());
  const auto near = nearest(name, names);
  const auto what = "no set " + quoted(name) + " stands in [hosts]";
  return near.empty() ? what : what + "; did you mean \"@" + std::string(near) + "\"?";
}

}  // namespace

void read_sets(const Value& value, Draft& draft) {
  const auto* table = std::get_if<Table>(&value.what);
  if (table == nullptr) {
    draft.mistakes.add(
        value.place, "hosts",
        wants("a section [hosts] with lines such as chat = [\"chat.example.com\"]", value).error());
    return;
  }
  for (const auto& entry : *table) {
    const auto key = "hosts." + entry.key;
    auto& set = draft.sets[entry.key];
    set = std::make_shared<const policy::HostSet>();
    if (std::holds_alternative<Table>(entry.value.what)) {
      draft.mistakes.add(entry.value.place, key,
                         "wants a list of hosts; sets from files are not supported");
      continue;
    }
    set = std::make_shared<const policy::HostSet>(
        read_list(entry.value, key, draft, MayBeEmpty::no, read_member));
  }
}

std::vector<policy::RuleHosts> read_hosts(const Value& value, const std::string& key,
                                          Draft& draft) {
  std::vector<policy::RuleHosts> made;
  policy::HostSet here;
  for (const auto& entry : entries(value, key, draft, MayBeEmpty::no)) {
    if (const auto* reference = set_reference(entry)) {
      const auto set = draft.sets.find(std::string_view(*reference).substr(1));
      if (set == draft.sets.end()) {
        draft.mistakes.add(entry.place, key, unknown_set(reference->substr(1), draft));
      } else {
        made.push_back({.set = set->first, .hosts = set->second});
      }
    } else if (auto pattern = read_pattern(entry)) {
      here.add(*pattern);
    } else {
      draft.mistakes.add(entry.place, key, pattern.error());
    }
  }
  if (!here.empty()) {
    made.push_back({.set = {}, .hosts = std::make_shared<const policy::HostSet>(std::move(here))});
  }
  return made;
}

}  // namespace culvert::config
