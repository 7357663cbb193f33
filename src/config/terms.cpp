// SPDX-License-Identifier: Apache-2.0
#include "config/terms.hpp"

#include <algorithm>
#include <array>

#include <culvert/policy.hpp>

#include "config/duration.hpp"
#include "config/keys.hpp"
#include "config/number.hpp"
#include "config/selectors.hpp"

namespace culvert::config {
namespace {

using policy::Speech;

constexpr std::array sni_values = {policy::Sni::off, policy::Sni::log, policy::Sni::match,
                                   policy::Sni::require};
constexpr std::array speeches = {Speech::tls, Speech::websocket, Speech::http, Speech::any};

/// The words of an enumeration, and its value that a word stands for.
template <class Enum, std::size_t n>
std::array<std::string_view, n> words_of(const std::array<Enum, n>& values) {
  std::array<std::string_view, n> words;
  std::ranges::transform(values, words.begin(), [](Enum value) { return policy::word(value); });
  return words;
}

template <class Enum, std::size_t n>
Read<Enum> read_word(const Value& value, const std::array<Enum, n>& values) {
  const auto read = read_choice(value, words_of(values));
  if (!read) return std::unexpected(read.error());
  return *std::ranges::find(values, *read, [](Enum one) { return policy::word(one); });
}

Read<Speech> read_speech(const Value& value) {
  return read_word(value, speeches);
}

constexpr std::size_t most = 1'000'000'000;

template <class T>
void take_number(Read<std::size_t> read, const Place& place, const std::string& key, T& member,
                 Draft& draft) {
  if (read) {
    member = *read;
  } else {
    draft.mistakes.add(place, key, read.error());
  }
}

template <auto member>
void take_count(const Value& value, const std::string& key, policy::Quota& into, Draft& draft) {
  take_number(read_count(value, {0, most}), value.place, key, into.*member, draft);
}
template <auto member>
void take_size(const Value& value, const std::string& key, policy::Quota& into, Draft& draft) {
  take_number(read_size(value, any_bytes), value.place, key, into.*member, draft);
}

constexpr Part<policy::Quota> quota_parts[] = {
    {.name = "tunnels", .read = take_count<&policy::Quota::tunnels>, .help = ""},
    {.name = "tunnels_per_second",
     .read = take_count<&policy::Quota::tunnels_per_second>,
     .help = ""},
    {.name = "bytes_per_second", .read = take_size<&policy::Quota::bytes_per_second>, .help = ""},
    {.name = "bytes_per_day", .read = take_size<&policy::Quota::bytes_per_day>, .help = ""},
};

template <milliseconds Timeouts::* limit>
void take_timeout(const Value& value, const std::string& key, std::vector<OwnTimeout>& into,
                  Draft& draft) {
  const auto read = read_duration(value, true);
  if (read) {
    into.push_back({.which = limit, .limit = *read});
  } else {
    draft.mistakes.add(value.place, key, read.error());
  }
}

/// Those that begin after the rule has decided.
constexpr Part<std::vector<OwnTimeout>> timeout_parts[] = {
    {.name = "connect", .read = take_timeout<&Timeouts::connect>, .help = ""},
    {.name = "response_head", .read = take_timeout<&Timeouts::response_head>, .help = ""},
    {.name = "body_idle", .read = take_timeout<&Timeouts::body_idle>, .help = ""},
    {.name = "tunnel_first_bytes", .read = take_timeout<&Timeouts::tunnel_first_bytes>, .help = ""},
    {.name = "tunnel_idle", .read = take_timeout<&Timeouts::tunnel_idle>, .help = ""},
    {.name = "tunnel_lifetime", .read = take_timeout<&Timeouts::tunnel_lifetime>, .help = ""},
    {.name = "half_closed", .read = take_timeout<&Timeouts::half_closed>, .help = ""},
};

/// A table on one line, or a mistake that shows one.
const Table* table_of(const Value& value, const std::string& key, std::string_view example,
                      Draft& draft) {
  const auto* table = std::get_if<Table>(&value.what);
  if (table == nullptr) draft.mistakes.add(value.place, key, wants(example, value).error());
  return table;
}

bool has_unrestricted_http(const policy::Rule& rule) {
  return rule.tunnel.has(Speech::http) || rule.tunnel.has(Speech::any);
}

/// What may run in a tunnel when the rule does not say. In a tunnel's HTTP only the first request
/// is looked at, so a rule that is particular about WebSockets has none unless it says so.
policy::Few<Speech> usual_tunnel(const policy::WebSockets& websocket) {
  if (websocket.denied) return {Speech::tls};
  if (websocket.restricted()) return {Speech::tls, Speech::websocket};
  return {Speech::tls, Speech::websocket, Speech::http};
}

}  // namespace

void take_private(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
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

void take_tunnel(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  into.rule.tunnel = {};
  into.says_tunnel = true;
  for (const auto speech : read_list(value, key, draft, MayBeEmpty::no, read_speech)) {
    into.rule.tunnel.add(speech);
  }
}

void take_sni(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  const auto read = read_word(value, sni_values);
  if (read) {
    into.rule.sni = *read;
  } else {
    draft.mistakes.add(value.place, key, read.error());
  }
}

void take_limits(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  const auto* table = table_of(value, key, "a table such as { tunnels = 100 }", draft);
  if (table == nullptr) return;
  read_parts(std::span<const Part<policy::Quota>>(quota_parts), *table, key, into.rule.quota,
             draft);
}

void take_timeouts(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  const auto* table = table_of(value, key, "a table such as { tunnel_idle = \"2h\" }", draft);
  if (table == nullptr) return;
  read_parts(std::span<const Part<std::vector<OwnTimeout>>>(timeout_parts), *table, key,
             into.timeouts, draft);
}

void settle_terms(const Element& element, NewRule& rule, Draft& draft) {
  constexpr std::string_view of_allowing[] = {"private", "websocket", "tunnel",     "sni",
                                              "limits",  "timeouts",  "origin_http"};
  if (rule.rule.action == policy::Action::deny) {
    for (const auto name : of_allowing) {
      const auto* value = find(element.table, name);
      if (value == nullptr) continue;
      draft.mistakes.add(value->place, element.key + "." + std::string(name),
                         "says nothing in a deny rule; leave it out");
    }
    return;
  }
  const auto& websocket = rule.rule.websocket;
  if (!rule.says_tunnel) {
    rule.rule.tunnel = usual_tunnel(websocket);
    return;
  }
  const auto& place = find(element.table, "tunnel")->place;
  const auto key = element.key + ".tunnel";
  const bool asks_name = rule.rule.sni == policy::Sni::match;
  if (asks_name && find(element.table, "sni") != nullptr && rule.rule.tunnel.has(Speech::any)) {
    draft.warnings.add(
        place, key,
        "a client that says nothing at first gets round sni = \"match\" where \"any\" "
        "is allowed; \"require\" has no such hole");
  }
  if (websocket.denied && rule.rule.tunnel.has(Speech::websocket)) {
    draft.mistakes.add(place, key, "lists \"websocket\", which this rule denies");
  } else if (websocket.restricted() && has_unrestricted_http(rule.rule)) {
    draft.warnings.add(place, key,
                       "only a tunnel's first bytes are looked at, so what `websocket` says can be "
                       "got round in one that speaks \"http\" or \"any\"");
  }
}

}  // namespace culvert::config
