// SPDX-License-Identifier: Apache-2.0
#include "config/websocket.hpp"

#include <algorithm>

#include "config/duration.hpp"
#include "config/keys.hpp"
#include "config/number.hpp"

namespace culvert::config {
namespace {

using websocket::Settings;

constexpr std::string_view words[] = {"allow", "deny"};
constexpr milliseconds often = std::chrono::seconds(1);

Read<policy::OriginPattern> read_origin(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr) return wants("an origin such as \"https://app.example.com\"", value);
  auto origin = policy::parse_origin(*text);
  if (origin) return *std::move(origin);
  return std::unexpected(quoted(*text) +
                         " is no origin; write \"https://app.example.com\", \"*.example.com\", "
                         "\"null\", or \"none\" for a handshake without one");
}

Read<std::string> read_path(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr || !policy::is_path_pattern(*text)) {
    return wants("a path such as \"/chat\", or \"/chat/*\" for all below it", value);
  }
  return *text;
}

/// A subprotocol is a token (RFC 6455 §4.1).
Read<std::string> read_protocol(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr || !is_token(*text)) return wants("a subprotocol such as \"mqtt\"", value);
  return *text;
}

void take_origins(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  into.rule.websocket.origins = read_list(value, key, draft, MayBeEmpty::no, read_origin);
}
void take_paths(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  into.rule.websocket.paths = read_list(value, key, draft, MayBeEmpty::no, read_path);
}
void take_protocols(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  into.rule.websocket.protocols = read_list(value, key, draft, MayBeEmpty::no, read_protocol);
}

template <class T, class Own>
void take(Read<T> read, const Place& place, const std::string& key, Own& own, Draft& draft) {
  if (read) {
    own = *read;
  } else {
    draft.mistakes.add(place, key, read.error());
  }
}

template <auto member>
void take_duration(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  take(read_duration(value, true), value.place, key, into.websocket.*member, draft);
}
template <auto member>
void take_size(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  take(read_size(value, any_bytes), value.place, key, into.websocket.*member, draft);
}
void take_allow(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  const auto allow = read_bool(value);
  if (allow && !*allow) {
    draft.mistakes.add(value.place, key, "would refuse nothing; write websocket = \"deny\"");
    return;
  }
  take(allow, value.place, key, into.rule.websocket.allowed, draft);
}
void take_strict(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  take(read_bool(value), value.place, key, into.websocket.strict, draft);
}
Read<websocket::Heartbeat> read_heartbeat(const Value& value) {
  const auto word = read_choice(value, heartbeat_words);
  if (!word) return std::unexpected(word.error());
  return heartbeat_of(*word);
}
void take_heartbeat(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  take(read_heartbeat(value), value.place, key, into.websocket.heartbeat, draft);
}

constexpr Part<NewRule> parts[] = {
    {.name = "allow", .read = take_allow, .help = ""},
    {.name = "origins", .read = take_origins, .help = ""},
    {.name = "paths", .read = take_paths, .help = ""},
    {.name = "protocols", .read = take_protocols, .help = ""},
    {.name = "idle", .read = take_duration<&OwnWebSocket::idle>, .help = ""},
    {.name = "heartbeat", .read = take_heartbeat, .help = ""},
    {.name = "pong_timeout", .read = take_duration<&OwnWebSocket::pong_timeout>, .help = ""},
    {.name = "ping_interval", .read = take_duration<&OwnWebSocket::ping_interval>, .help = ""},
    {.name = "strict", .read = take_strict, .help = ""},
    {.name = "max_message", .read = take_size<&OwnWebSocket::max_message>, .help = ""},
    {.name = "max_frame", .read = take_size<&OwnWebSocket::max_frame>, .help = ""},
};

Settings settled(const OwnWebSocket& own, Settings general) {
  return {.idle = own.idle.value_or(general.idle),
          .heartbeat = own.heartbeat.value_or(general.heartbeat),
          .pong_timeout = own.pong_timeout.value_or(general.pong_timeout),
          .ping_interval = own.ping_interval.value_or(general.ping_interval),
          .strict = own.strict.value_or(general.strict),
          .max_message = own.max_message.value_or(general.max_message),
          .max_frame = own.max_frame.value_or(general.max_frame)};
}

/// A frame that is too large makes its message so as well.
bool is_frame_above_message(const Settings& settings) {
  return settings.max_message != 0 && settings.max_frame > settings.max_message;
}
constexpr const char* frame_above_message =
    "max_frame is more than max_message, so it never strikes";

bool is_pinged_often(const Settings& settings) {
  return settings.ping_interval.count() != 0 && settings.ping_interval < often;
}
constexpr const char* pinged_often =
    "ping_interval is less than a second, so each WebSocket that is silent is pinged that often";

void check_general(Draft& draft) {
  const auto& settings = draft.config.websocket;
  const auto doubt = [&draft](const char* key, const char* what) {
    draft.warnings.add(draft.places.find(key)->second, key, what);
  };
  if (is_frame_above_message(settings)) doubt("websocket.max_frame", frame_above_message);
  if (is_pinged_often(settings)) doubt("websocket.ping_interval", pinged_often);
}

}  // namespace

websocket::Heartbeat heartbeat_of(std::string_view word) {
  if (word == "answered") return websocket::Heartbeat::answered;
  return word == "data" ? websocket::Heartbeat::data : websocket::Heartbeat::any;
}

void take_websocket(const Value& value, const std::string& key, NewRule& into, Draft& draft) {
  auto& websocket = into.rule.websocket;
  if (const auto* table = std::get_if<Table>(&value.what)) {
    into.websocket.place = value.place;
    read_parts(std::span<const Part<NewRule>>(parts), *table, key, into, draft);
    return;
  }
  const auto read = read_choice(value, words);
  if (!read) {
    draft.mistakes.add(
        value.place, key,
        wants("\"allow\", \"deny\", or { origins = [...], paths = [...], protocols = [...] } with "
              "any key of [websocket]",
              value)
            .error());
    return;
  }
  websocket.denied = *read == "deny";
  websocket.allowed = !websocket.denied;
}

std::vector<Settings> make_rule_websocket(const Draft& draft) {
  std::vector<Settings> made;
  made.reserve(draft.rule_websocket.size());
  for (const auto& own : draft.rule_websocket) made.push_back(settled(own, draft.config.websocket));
  return made;
}

void check_websocket(Draft& draft) {
  check_general(draft);
  for (std::size_t rule = 0; rule < draft.rule_websocket.size(); ++rule) {
    const auto& own = draft.rule_websocket[rule];
    const auto& settings = draft.config.rule_websocket[rule];
    const auto key = "rule[" + std::to_string(rule + 1) + "].websocket";
    if ((own.max_frame || own.max_message) && is_frame_above_message(settings)) {
      draft.warnings.add(own.place, key, frame_above_message);
    }
    if (own.ping_interval && is_pinged_often(settings)) {
      draft.warnings.add(own.place, key, pinged_often);
    }
  }
}

}  // namespace culvert::config
