// SPDX-License-Identifier: Apache-2.0
#include "observe/websocket_json.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "observe/milliseconds.hpp"

namespace culvert::observe {
namespace {

using nlohmann::ordered_json;
using websocket::Facts;
using websocket::Kind;
using websocket::RoundTrips;
using websocket::Sent;
using websocket::Side;

constexpr std::array sides{Side::client, Side::origin};

const char* text_of(Side side) {
  switch (side) {
    case Side::client: return "client";
    case Side::origin: return "origin";
  }
  return "";
}

const char* text_of(Facts::Closer closer) {
  switch (closer) {
    case Facts::Closer::nobody: return "";
    case Facts::Closer::client: return "client";
    case Facts::Closer::origin: return "origin";
    case Facts::Closer::proxy: return "proxy";
  }
  return "";
}

void add_messages(ordered_json& made, const Sent& sent) {
  if (sent.text_messages == 0 && sent.binary_messages == 0) return;
  made["messages"] = {{"text", sent.text_messages},
                      {"binary", sent.binary_messages},
                      {"largest", sent.largest_message}};
}

ordered_json direction(const Sent& sent, std::chrono::steady_clock::time_point now) {
  ordered_json made;
  for (std::size_t i = 0; i < websocket::kinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    const auto& count = sent[kind];
    if (count.frames == 0) continue;
    made[std::string(word(kind))] = {{"frames", count.frames}, {"bytes", count.bytes}};
  }
  add_messages(made, sent);
  made["silent_ms"] = in_milliseconds(now - sent.last);
  return made;
}

/// The name of a bucket: its upper bound in milliseconds.
std::string bound(std::size_t bucket) {
  if (bucket == RoundTrips::bounds.size()) return "more";
  return fmt::format("{:g}", in_milliseconds(RoundTrips::bounds.at(bucket)));
}

ordered_json histogram(const RoundTrips& times) {
  ordered_json made;
  for (std::size_t i = 0; i < times.buckets.size(); ++i) {
    if (times.buckets.at(i) != 0) made[bound(i)] = times.buckets.at(i);
  }
  return made;
}

void add_round_trips(ordered_json& made, const RoundTrips& times) {
  if (times.count == 0) return;
  made["last_ms"] = in_milliseconds(times.last);
  made["min_ms"] = in_milliseconds(times.min);
  made["max_ms"] = in_milliseconds(times.max);
  made["count"] = times.count;
  made["histogram"] = histogram(times);
}

/// By the side that was asked; null when nobody asked.
ordered_json pings(const Facts& facts) {
  ordered_json made;
  for (const auto side : sides) {
    ordered_json asked;
    add_round_trips(asked, facts.round_trips.at(index_of(side)));
    if (const auto sent = facts.pings.at(index_of(side)); sent != 0) asked["sent"] = sent;
    if (!asked.is_null()) made[text_of(side)] = std::move(asked);
  }
  return made;
}

}  // namespace

ordered_json websocket_json(const Facts& facts, std::chrono::steady_clock::time_point now) {
  ordered_json made;
  made["up"] = direction(facts.of(Side::client), now);
  made["down"] = direction(facts.of(Side::origin), now);
  if (auto asked = pings(facts); !asked.is_null()) made["ping"] = std::move(asked);
  if (facts.closed_by != Facts::Closer::nobody) {
    made["close"] = {{"code", facts.close_code}, {"by", text_of(facts.closed_by)}};
  }
  return made;
}

bool heartbeat_seen(const Facts& facts) {
  const auto beats = [](const Sent& sent) {
    return sent[Kind::ping].frames + sent[Kind::pong].frames != 0;
  };
  return std::ranges::any_of(facts.sent, beats) ||
         std::ranges::any_of(facts.pings, [](auto sent) { return sent != 0; });
}

}  // namespace culvert::observe
