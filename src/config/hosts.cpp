// SPDX-License-Identifier: Apache-2.0
#include "config/hosts.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <ranges>
#include <system_error>

#include "base/file_state.hpp"
#include "config/contents.hpp"
#include "config/near.hpp"
#include "config/parts.hpp"
#include "config/selectors.hpp"
#include "config/set_file.hpp"

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

/// `{ file = "partners.txt", watch = true }`.
struct FiledSet {
  std::optional<std::string> file;
  Place place;
  bool watch = false;
};

void take_file(const Value& value, const std::string& key, FiledSet& into, Draft& draft) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr || text->empty() || text->contains('\0')) {
    draft.mistakes.add(value.place, key, wants("a file's path", value).error());
    return;
  }
  into.file = resolved_path(*text, value.place.source);
  into.place = value.place;
}

void take_watch(const Value& value, const std::string& key, FiledSet& into, Draft& draft) {
  if (const auto* watch = std::get_if<bool>(&value.what)) {
    into.watch = *watch;
  } else {
    draft.mistakes.add(value.place, key, wants("true or false", value).error());
  }
}

constexpr Part<FiledSet> filed_set_parts[] = {
    {.name = "file", .read = take_file, .help = ""},
    {.name = "watch", .read = take_watch, .help = ""},
};

std::shared_ptr<const policy::HostSet> read_filed_set(const Table& table, const Place& place,
                                                      const std::string& key, Draft& draft) {
  FiledSet set;
  read_parts(std::span<const Part<FiledSet>>(filed_set_parts), table, key, set, draft);
  if (find(table, "file") == nullptr) {
    draft.mistakes.add(place, key, "wants a list of hosts, or { file = \"hosts.txt\" }");
  }
  if (!set.file) return std::make_shared<policy::HostSet>();
  if (set.watch) draft.config.watched_files.push_back(to_watch(*set.file));
  return read_set_file(*set.file, set.place, key + ".file", draft);
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
    if (const auto* from = std::get_if<Table>(&entry.value.what)) {
      draft.sets[entry.key] = read_filed_set(*from, entry.value.place, key, draft);
    } else {
      draft.sets[entry.key] = std::make_shared<policy::HostSet>(
          read_list(entry.value, key, draft, MayBeEmpty::no, read_member));
    }
  }
}

std::vector<policy::RuleHosts> read_hosts(const Value& value, const std::string& key,
                                          Draft& draft) {
  std::vector<policy::RuleHosts> made;
  auto own = std::make_shared<policy::HostSet>();
  for (const auto& entry : entries(value, key, draft, MayBeEmpty::no)) {
    if (const auto* reference = set_reference(entry)) {
      const auto set = draft.sets.find(std::string_view(*reference).substr(1));
      if (set == draft.sets.end()) {
        draft.mistakes.add(entry.place, key, unknown_set(reference->substr(1), draft));
      } else {
        made.push_back({.set = set->first, .hosts = set->second});
        draft.used_sets.push_back({.place = entry.place, .key = key, .set = made.back()});
      }
    } else if (auto pattern = read_pattern(entry)) {
      own->add(*pattern);
    } else {
      draft.mistakes.add(entry.place, key, pattern.error());
    }
  }
  if (!own->empty()) made.push_back({.set = {}, .hosts = std::move(own)});
  return made;
}

}  // namespace culvert::config
