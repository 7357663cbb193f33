// SPDX-License-Identifier: Apache-2.0
#include "config/overrides.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "config/keys.hpp"
#include "config/listeners.hpp"
#include "config/near.hpp"

namespace culvert::config {
namespace {

constexpr std::string_view prefix = "CULVERT_";

/// What can be set from outside: each single key, and the addresses of all listeners.
std::vector<std::string_view> names() {
  std::vector<std::string_view> made{"listen"};
  for (const auto& key : keys()) made.push_back(key.name);
  return made;
}

/// CULVERT_TIMEOUTS_CONNECT for timeouts.connect. Names have underscores of their own, so the way
/// back is a search.
std::string variable_of(std::string_view key) {
  std::string made(prefix);
  for (const char c : key) {
    const bool small = c >= 'a' && c <= 'z';
    made += small ? static_cast<char>(c - 'a' + 'A') : c;
  }
  std::ranges::replace(made, '.', '_');
  return made;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// What is no bool is kept as text, so that the mistake shows it.
Value bool_or_text(std::string_view text, const Place& place) {
  if (text == "true") return {.what = true, .place = place};
  if (text == "false") return {.what = false, .place = place};
  return {.what = std::string(text), .place = place};
}

Value number_or_text(std::string_view text, const Place& place) {
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  const bool whole = read.ec == std::errc() && read.ptr == end;
  if (whole) return {.what = number, .place = place};
  return {.what = std::string(text), .place = place};
}

/// The parts between commas. Blank text has none.
Value list(std::string_view text, const Place& place) {
  List made;
  while (!trimmed(text).empty()) {
    const auto comma = std::min(text.find(','), text.size());
    made.push_back({.what = std::string(trimmed(text.substr(0, comma))), .place = place});
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return {.what = std::move(made), .place = place};
}

/// Text from outside as the value that it would be in the file.
struct AsWritten {
  std::string_view text;
  Place place;

  template <class Form>
  Value operator()(const Form& /*form*/) const {
    return number_or_text(trimmed(text), place);
  }
  Value operator()(const Flag& /*form*/) const { return bool_or_text(trimmed(text), place); }
  Value operator()(const Text& /*form*/) const {
    return {.what = std::string(text), .place = place};
  }
  Value operator()(const Servers& /*form*/) const { return list(text, place); }
};

/// The variable that was likely meant, or empty. What stands behind the prefix is compared, and a
/// name without its section is found as well.
std::string near_variable(std::string_view variable) {
  const auto written = variable.substr(prefix.size());
  std::vector<std::string> known;
  std::ranges::transform(names(), std::back_inserter(known), variable_of);
  std::vector<std::string_view> rests(known.begin(), known.end());
  for (auto& rest : rests) rest.remove_prefix(prefix.size());
  const auto near = nearest(written, rests);
  if (!near.empty()) return std::string(prefix) + std::string(near);
  const auto tail = "_" + std::string(written);
  const auto found =
      std::ranges::find_if(known, [&tail](const auto& one) { return one.ends_with(tail); });
  return written.empty() || found == known.end() ? std::string() : *found;
}

std::string unknown(const Override& from) {
  if (from.origin.starts_with(prefix)) {
    const auto near = near_variable(from.origin);
    return near.empty() ? "unknown variable" : "unknown variable; did you mean " + near + "?";
  }
  const auto near = nearest(from.key, names());
  const auto what = "no key " + quoted(from.key) + " can be set from outside the file";
  return near.empty() ? what : what + "; did you mean " + quoted(near) + "?";
}

std::optional<Override> read_variable(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos || !line.starts_with(prefix)) return std::nullopt;
  Override made{.key = {},
                .value = std::string(line.substr(equals + 1)),
                .origin = std::string(line.substr(0, equals))};
  const auto known = names();
  const auto key = std::ranges::find(known, made.origin, variable_of);
  made.key = key == known.end() ? made.origin : std::string(*key);
  return made;
}

}  // namespace

void apply(const Override& from, Draft& draft) {
  const Place place{.source = from.origin};
  if (from.key == "listen") {
    override_listeners(list(from.value, place), draft);
    return;
  }
  const auto* key = find_key(from.key);
  if (key == nullptr) {
    draft.mistakes.add(place, from.key, unknown(from));
    return;
  }
  if (from.key == "policy.default") draft.says_policy = true;
  set(*key, std::visit(AsWritten{.text = from.value, .place = place}, key->form), draft);
}

std::vector<Override> overrides_from(const char* const* environment) {
  std::vector<Override> made;
  for (; *environment != nullptr; ++environment) {
    if (auto one = read_variable(*environment)) made.push_back(*std::move(one));
  }
  return made;
}

}  // namespace culvert::config
