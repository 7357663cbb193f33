// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <culvert/policy.hpp>

#include "config/config.hpp"
#include "config/value.hpp"

namespace culvert::config {

/// All mistakes, whatever was being read: in the order of the file, then those from elsewhere.
class Mistakes {
 public:
  void add(const Place& place, std::string key, std::string what);
  void add(Mistake mistake);
  bool empty() const { return found_.empty(); }
  /// Is there one about this key or, when it ends in a dot or bracket, about one that begins so?
  bool about(std::string_view key) const;
  std::vector<Mistake> taken() && { return std::move(found_); }

 private:
  std::vector<Mistake> found_;
};

/// The `tls` of a listener on its way, and where its keys were written.
struct TlsDraft {
  ListenTls settings;
  std::vector<Place> certificates;
  std::vector<Place> keys;
  Place client_ca;
  std::vector<std::pair<Place, std::string>> about_clients;  ///< what needs client_ca, with its key
};

/// A listener, and where it was written.
struct Listener {
  Listen listen;
  Place place;
  std::string key;                       ///< for mistakes: "listen[2]"; 1 is the first
  bool has_address = false;              ///< an address was written, and is one
  std::optional<Place> mode_place = {};  ///< where `mode` was written
  std::optional<Place> h2c_place = {};   ///< where `h2c` was written
  TlsDraft tls = {};
  /// Its clients are asked for certificates.
  bool asks_certificate() const { return !tls.settings.client_ca.empty(); }
  /// Nobody comes by it whom client_ca does not vouch for.
  bool requires_certificate() const { return asks_certificate() && tls.settings.client_must; }
  /// Whoever comes by it may have a user, whatever else they say.
  bool tells_user() const { return listen.place.unix_path() != nullptr || asks_certificate(); }
};

/// A time limit that a rule sets for what it allows.
struct OwnTimeout {
  milliseconds Timeouts::* which;
  milliseconds limit;
};

/// What a rule asks of WebSockets by itself; the rest is as [websocket] has it.
struct OwnWebSocket {
  std::optional<milliseconds> idle;
  std::optional<websocket::Heartbeat> heartbeat;
  std::optional<milliseconds> pong_timeout;
  std::optional<milliseconds> ping_interval;
  std::optional<bool> strict;
  std::optional<std::uint64_t> max_message;
  std::optional<std::uint64_t> max_frame;
  Place place;  ///< of the table
};

/// Where a rule names a set.
struct UsedSet {
  Place place;
  std::string key;
  policy::RuleHosts set;
};

/// A configuration on its way. The policy and the listeners are put together at its end.
struct Draft {
  Config config;
  std::vector<Listener> listeners;
  bool says_listen = false;  ///< else the built-in listener holds
  std::string default_action = "deny";
  std::string mode = "enforce";
  std::string forwarded = "remove";
  std::string heartbeat = "any";
  std::string origin_http = "auto";
  std::vector<policy::Rule> rules;
  std::vector<std::vector<OwnTimeout>> rule_timeouts;  ///< of each rule
  std::vector<OwnWebSocket> rule_websocket;
  std::vector<std::optional<OriginHttp>> rule_origin_http;
  std::vector<Place> rule_places;  ///< where each begins
  std::vector<UsedSet> used_sets;  ///< by the rule that is being read
  std::vector<Place> asking_user;  ///< where rules ask who the user is: `users` and `groups`
  bool says_policy = false;  ///< there is a [policy] or a [[rule]]; else the built-in policy holds
  std::map<std::string, std::shared_ptr<const policy::HostSet>, std::less<>> sets;  ///< of [hosts]
  std::map<std::string, Place, std::less<>> places;  ///< where each single key got its value
  Mistakes mistakes;
  Mistakes warnings;
};

}  // namespace culvert::config
